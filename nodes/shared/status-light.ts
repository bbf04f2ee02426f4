import {
  type BuildProgress,
  type EngineState,
  type ErrorCode,
  type GoldenSampleError,
  type Placement,
  type RuntimeFacts,
  type SentenceValue,
  sentence,
} from "../../lib";
import { say, type Translator } from "./language";
import type { Lifetime } from "./lifetime";
import type { RunningNode } from "./node-red";
import { percentDone, type StatusText } from "./status-text";

type Fill = "green" | "blue" | "yellow" | "red";
type Shape = "dot" | "ring";
interface Wanted {
  fill: Fill;
  shape: Shape;
  text: StatusText;
}

const PORTABLE = sentence`[portable] portable`;

/** Milliseconds between two updates: a status goes to every open editor. */
const INTERVAL = 250;

/** Short words for the status, as keys of the catalogue; the whole sentence goes to the log and to Catch nodes. */
const WORDS: Readonly<Record<ErrorCode, string>> = {
  BAD_IMAGE: "status.image",
  BAD_BACKBONE: "status.backbone",
  BAD_BANK: "status.bank",
  MODEL_UNAVAILABLE: "status.model",
  BANK_MISMATCH: "status.bank",
  DEVICE_UNAVAILABLE: "status.device",
  RUNTIME_UNAVAILABLE: "status.engine",
  ENGINE_CRASHED: "status.engine",
  ENGINE_CLOSED: "status.engine",
  TIMEOUT: "status.timeout",
  BANK_NOT_BUILT: "status.unbuilt",
  BAD_REQUEST: "status.failed",
  BUSY: "status.failed",
  CANCELLED: "status.failed",
  DEFECT_PASSES: "status.failed",
  INTERNAL: "status.failed",
};

/**
 * A node's status: green dot ready, blue dot working, yellow ring waiting or degraded, red ring failed. The last of
 * many quick changes is shown.
 */
export class StatusLight {
  /** Grows with every change: who asks and shows the answer later can see that there is newer news. */
  changes = 0;
  private shown = "";
  private readonly told = new Set<string>();
  private last = Number.NEGATIVE_INFINITY;
  private next: Wanted | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly RED: Translator,
    private readonly node: RunningNode,
    private readonly life: Lifetime,
  ) {
    life.hold(() => clearTimeout(this.timer));
  }

  ready(text: StatusText = "status.ready"): void {
    this.set({ fill: "green", shape: "dot", text });
  }

  working(text: StatusText = "status.working"): void {
    this.set({ fill: "blue", shape: "dot", text });
  }

  /** Of a backbone that has to be fetched before the work can begin. */
  download({ phase, done, total }: BuildProgress): void {
    if (phase === "download") this.working([`\u2193 ${percentDone({ done, total })} %`]);
  }

  waiting(text: StatusText): void {
    this.set({ fill: "yellow", shape: "ring", text });
  }

  /** What was computed: yellow, with the reason in the log, where it was not by what was hoped for. */
  computed(text: readonly SentenceValue[], { name, device, reason, sentence: said }: Placement): void {
    if (reason === undefined) this.ready(text);
    else {
      this.waiting([...text, name === "portable" ? PORTABLE : device]);
      this.tell(said ?? reason);
    }
  }

  /** Before anything was computed, by what it will be. @param text which bank */
  readyOn(runtime: RuntimeFacts | undefined, text: readonly SentenceValue[]): void {
    if (runtime?.reason === undefined) this.ready(text);
    else {
      this.waiting([...text, PORTABLE]);
      this.tell(runtime.sentence ?? runtime.reason);
    }
  }

  /** A verdict, not a failure. */
  alarm(text: StatusText): void {
    this.set({ fill: "red", shape: "dot", text });
  }

  /** It works, but what it says is worth little. */
  doubtful(text: StatusText): void {
    this.set({ fill: "red", shape: "ring", text });
  }

  failed(error: GoldenSampleError): void {
    // Frames dropped are counted beside the scores of the others.
    if (error.code === "BUSY") return;
    if (error.code === "BANK_NOT_BUILT") this.waiting(WORDS[error.code]);
    else this.set({ fill: "red", shape: "ring", text: WORDS[error.code] });
  }

  /** @returns whether the state was worth showing; else the node shows its own */
  engine(state: EngineState): boolean {
    if (state === "restarting") this.waiting("status.restarting");
    else if (state === "failed") this.set({ fill: "red", shape: "ring", text: "status.engine" });
    else return false;
    return true;
  }

  /** In the log, once. */
  tell(reason: SentenceValue): void {
    const said = say(this.RED, reason);
    if (this.told.has(said) || this.life.closed) return;
    this.told.add(said);
    this.node.warn(said);
  }

  private set(wanted: Wanted): void {
    if (this.life.closed) return;
    this.changes++;
    this.next = wanted;
    if (this.timer !== undefined) return;
    const wait = this.last + INTERVAL - performance.now();
    if (wait <= 0) {
      this.show();
      return;
    }
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.show();
    }, wait);
    this.timer.unref();
  }

  private show(): void {
    if (!this.next || this.life.closed) return;
    const { fill, shape, text: said } = this.next;
    // In words only now: of a line's twenty a second most are never shown, and their verdicts would wait for it.
    const text = typeof said === "string" ? said : said.map((fact) => say(this.RED, fact)).join(" \u00b7 ");
    const light = { fill, shape, text };
    const key = Object.values(light).join(" ");
    if (key === this.shown) return;
    this.shown = key;
    this.last = performance.now();
    this.node.status(light);
  }
}
