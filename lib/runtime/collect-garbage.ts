import { memoryPlan } from "./memory-plan";

type Collect = (options: { type: "minor" }) => void;

/**
 * Milliseconds of quiet after which is collected: a PLC has been told of a result by then, and the next part of a line is not
 * there yet.
 */
const QUIET = 15;

/**
 * Frees what pieces of work leave behind, in processes of the engine (`--expose-gc`, see `childMemory`); elsewhere does nothing.
 * Tensors and pictures lie outside JavaScript's heap, so that V8 sees no reason to collect them before there are 64 MB of them in
 * each thread, and then collects everything, in the middle of some frame. Only the young ones are collected here: a
 * millisecond, of large frames up to ten, when nobody waits. With a memory budget after each piece, whoever waits.
 */
export class GarbageCollector {
  private underWay = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param quiet milliseconds; 0: not even that is waited for, nor for other pieces to be done */
  constructor(
    private readonly quiet: number = memoryPlan() ? 0 : QUIET,
    private readonly collect: Collect | undefined = (globalThis as { gc?: Collect }).gc,
  ) {}

  begin(): void {
    this.underWay++;
    clearTimeout(this.timer);
  }

  end(): void {
    this.underWay--;
    if (!this.collect) return;
    const collect = () => this.collect?.({ type: "minor" });
    // Once the caller has let go of what it was given.
    if (this.quiet === 0) setImmediate(collect);
    else if (this.underWay === 0) this.timer = setTimeout(collect, this.quiet).unref();
  }
}
