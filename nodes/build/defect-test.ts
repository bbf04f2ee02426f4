import { type BuildProgress, type BuildResult, briefOf, type Finds, findsOf, GoldenSampleError } from "../../lib";
import type { BankHandle } from "../shared/bank-handle";

/** Who asks for a build: for the bank's log. */
export interface Actor {
  by: string;
  message?: string;
}

export interface DefectTestOptions {
  /** Aborted when the node closes. */
  signal: AbortSignal;
  onChange: () => void;
  /** The version has its made defects. */
  onTested: () => Promise<void>;
  /** What the default threshold of the version just built finds. */
  onFound: (finds: Finds, actor: Actor) => void;
  onFailure: (thrown: unknown) => void;
}

/** After a build, in the background: what would the new version catch? One test at a time; a new one ends the last. */
export class DefectTest {
  progress: BuildProgress | undefined;
  private abort = new AbortController();

  constructor(private readonly options: DefectTestOptions) {}

  /** @param name of another bank with the same settings @param actor who asked for the build */
  start(bank: BankHandle, name: string | undefined, built: BuildResult, actor: Actor): void {
    this.stop();
    // One reference has no others to be scored against.
    if (!bank.madeDefects || built.references < 2) return;
    this.abort = new AbortController();
    this.run(bank, name, { ...built, actor }, this.abort.signal).catch(this.options.onFailure);
  }

  /** What is tested is the version in use no more. */
  stop(): void {
    this.abort.abort();
    this.progress = undefined;
  }

  private async run(
    bank: BankHandle,
    name: string | undefined,
    { version, actor }: BuildResult & { actor: Actor },
    stopped: AbortSignal,
  ): Promise<void> {
    const signal = AbortSignal.any([stopped, this.options.signal]);
    const onProgress = (progress: BuildProgress) => {
      if (signal.aborted) return;
      this.progress = progress;
      this.options.onChange();
    };
    try {
      const request = { bank: { ...bank.stored(name), version }, backbone: bank.backbone };
      const made = await bank.engine.call("madeDefects", request, { onProgress, signal });
      if (signal.aborted) return;
      const finds = made.threshold === undefined ? undefined : findsOf(briefOf(made), made.threshold);
      await this.options.onTested();
      if (finds && !signal.aborted) this.options.onFound(finds, actor);
    } catch (thrown) {
      // Taken back by a new build, by clear or by a deploy; what it read may be gone by then, and be its last word.
      if (signal.aborted) return;
      if (!(thrown instanceof GoldenSampleError) || thrown.code !== "CANCELLED") throw thrown;
    } finally {
      if (!stopped.aborted) this.progress = undefined;
      this.options.onChange();
    }
  }
}
