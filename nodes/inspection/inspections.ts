import { hearInspections, type JudgedFrame, type ScoredFrame } from "../shared/inspection-news";
import type { Lifetime } from "../shared/lifetime";
import type { Runtime } from "../shared/node-red";
import { LIMITS } from "./limits";
import { Pair } from "./pair";
import { bytesOf, type Part } from "./part";
import { PictureBudget } from "./picture-budget";

/** Topic of the notices that a frame is there; the picture itself goes over HTTP. */
const topicOf = (node: string) => `golden-sample/inspection/${node}`;

/** Follows all score and threshold nodes of a runtime. */
export class Inspections {
  private readonly pairs = new Map<string, Pair>();
  private readonly pending = new Map<string, ScoredFrame>();
  private readonly pictures = new PictureBudget(LIMITS.bytes);
  private readonly looked = new Map<string, number>();
  private readonly notices = new Map<string, NodeJS.Timeout>();
  private readonly waiting = new Set<{ node: string; tell: (part: Part) => void }>();

  constructor(
    private readonly RED: Runtime,
    life: Lifetime,
  ) {
    hearInspections(RED, life, {
      scored: (frame) => this.scored(frame),
      judged: (frame) => this.judged(frame),
      renamed: (from, to) => {
        for (const pair of this.pairs.values()) pair.renameBank(from, to);
      },
    });
    life.hold(() => {
      for (const timer of this.notices.values()) clearTimeout(timer);
    });
  }

  /** Of nodes that are deployed; those that are not any more are forgotten. */
  nodes(): string[] {
    for (const [node, pair] of this.pairs) {
      if (this.RED.nodes.getNode(node)) continue;
      pair.close();
      this.pairs.delete(node);
      this.looked.delete(node);
    }
    return [...this.pairs.keys()];
  }

  get(node: string): Pair | undefined {
    return this.pairs.get(node);
  }

  /** Somebody looks at a node; notices are sent until nobody has for a while. */
  look(node: string): void {
    this.looked.set(node, Date.now());
  }

  /** @returns the next part of a node, or nothing after so many milliseconds */
  next(node: string, patience: number): Promise<Part | undefined> {
    return new Promise((resolve) => {
      const end = (part?: Part) => {
        clearTimeout(timer);
        this.waiting.delete(listener);
        resolve(part);
      };
      const listener = { node, tell: end };
      const timer = setTimeout(end, patience);
      timer.unref();
      this.waiting.add(listener);
    });
  }

  private scored(frame: ScoredFrame): void {
    this.pending.set(frame.message, frame);
    let bytes = 0;
    for (const { image } of this.pending.values()) bytes += bytesOf(image);
    for (const [oldest, { image }] of this.pending) {
      if (this.pending.size <= LIMITS.pending && bytes <= LIMITS.bytes / 4) break;
      this.pending.delete(oldest);
      bytes -= bytesOf(image);
    }
  }

  private judged(frame: JudgedFrame): void {
    const known = this.pairs.get(frame.node);
    if (!known && this.nodes().length >= LIMITS.pairs) return;
    const pair = known ?? new Pair(this.pictures);
    this.pairs.set(frame.node, pair);
    // Not taken out: a second threshold node may judge the same frame.
    const part = pair.add(frame, this.pending.get(frame.message), Date.now());
    for (const { node, tell } of [...this.waiting]) if (node === frame.node) tell(part);
    this.notify(frame.node);
  }

  /** At most a few a second, and always of the newest; none where nobody looks. */
  private notify(node: string): void {
    const looks = Date.now() - (this.looked.get(node) ?? Number.NEGATIVE_INFINITY) < LIMITS.looking;
    if (!looks || this.notices.has(node)) return;
    const timer = setTimeout(() => {
      this.notices.delete(node);
      const part = this.pairs.get(node)?.parts.at(-1);
      if (!part) return;
      const { number, score, threshold, verdict } = part;
      this.RED.comms.publish(topicOf(node), { number, score, threshold, verdict }, false);
    }, LIMITS.notice);
    timer.unref();
    this.notices.set(node, timer);
  }
}
