import { displayable } from "./displayable";
import type { PictureKind, Press, ShownPart, ShownShift, Verdict, Word } from "./shown";

/** A message as it leaves an anomaly-threshold node. */
export type Message = Record<string, unknown>;

interface Part {
  shown: Omit<ShownPart, "kinds">;
  /** The message without what is large and of no use to whoever learns from it. */
  message: Message | undefined;
  pictures: Partial<Record<PictureKind, Buffer>>;
  bytes: number;
}

const TYPE = "ui-golden-sample-inspection";
const VERDICTS: readonly Verdict[] = ["ok", "anomaly", "unlike"];
/** Pictures are fetched, and buttons pressed, while the next parts come. */
const RECENT = 20;
const REJECTS = 8;
const BYTES = 64 * 2 ** 20;

/** The parts of a shift: counts of all, and messages with pictures of the newest and of the last rejects. */
export class Shift {
  private counts = { ok: 0, anomaly: 0, unlike: 0, failed: 0 };
  private since: number;
  private number = 0;
  private recent: Part[] = [];
  private rejects: Part[] = [];
  private failed: string | undefined;
  private refused: string | undefined;

  /** @param bytes of pictures that are kept at most */
  constructor(
    private readonly address: string,
    now: number,
    private readonly bytes = BYTES,
  ) {
    this.since = now;
  }

  /**
   * Takes a judged part, an error (`msg.error`, of a Catch node), or the order to begin a new shift (`msg.action`).
   * @param picture what the message carries as the part's picture
   * @throws {Error} where the message is none of these: what is not understood is not shown as good
   */
  take(message: Message, picture: unknown, now: number): void {
    if (message.action === "shift") {
      this.counts = { ok: 0, anomaly: 0, unlike: 0, failed: 0 };
      this.since = now;
      return;
    }
    if (isRecord(message.error)) {
      // Of something that was said of a part: the newest part's verdict stands.
      if (message.label !== undefined || message.action !== undefined) return;
      // What a widget refused is counted there, and comes back by the Catch node.
      if (isRecord(message.error.source) && message.error.source.type === TYPE) return;
      this.counts.failed++;
      this.failed = String(message.error.message ?? "");
      return;
    }
    const anomaly = isRecord(message.anomaly) ? message.anomaly : {};
    const verdict = VERDICTS.find((known) => known === anomaly.verdict);
    const { score, threshold } = anomaly;
    if (!verdict || typeof score !== "number" || typeof threshold !== "number") {
      this.counts.failed++;
      this.failed = "The message carries no verdict: wire this node behind an anomaly-threshold node.";
      throw new Error(this.failed);
    }
    const { overlay, map: _map, health, ...rest } = anomaly;
    const { req: _req, res: _res, ...kept } = message;
    const cause = isRecord(health) && typeof health.cause === "string" ? health.cause : undefined;
    this.failed = undefined;
    this.counts[verdict]++;
    this.number++;
    const part: Part = {
      shown: { number: this.number, time: now, verdict, score, threshold, ...(cause !== undefined && { cause }) },
      message: { ...kept, anomaly: { ...rest, ...(health !== undefined && { health }) } },
      pictures: {
        ...(displayable(picture) && { picture: picture as Buffer }),
        ...(displayable(overlay) && { overlay: overlay as Buffer }),
      },
      bytes: bytesOf(picture) + bytesOf(overlay),
    };
    this.recent = [...this.recent, part].slice(-RECENT);
    if (verdict !== "ok") this.rejects = [...this.rejects, part].slice(-REJECTS);
    this.letGo();
  }

  /**
   * What somebody says of a part.
   * @returns the message to be sent: the part's own, with `label` for the threshold node and `action` for the build node
   * @throws {Error} where the part is not kept any more
   */
  press({ number, word }: Press): Message {
    const part = this.find(number);
    this.refused = undefined;
    if (!part?.message) throw new Error(`Part ${number} is not kept any more: say it of one of the last parts.`);
    part.shown.said = word;
    // Without its score: a threshold node that gets it by mistake must not judge the part again.
    const { anomaly, ...rest } = part.message;
    return { ...rest, ...(word !== "handled" && { anomaly }), ...ORDERS[word] };
  }

  /** Says on all pages why a button did nothing, until the next one is pressed. */
  refuse(why: string): void {
    this.refused = why;
  }

  /** @returns a picture and its media type; nothing where it is not kept */
  picture(number: number, kind: string): { type: string; data: Buffer } | undefined {
    const data = kind === "picture" || kind === "overlay" ? this.find(number)?.pictures[kind] : undefined;
    return data && { type: displayable(data)!, data };
  }

  /** Whether there was such a part, be it kept or not. */
  had(number: number): boolean {
    return Number.isInteger(number) && number > 0 && number <= this.number;
  }

  show(): ShownShift {
    const last = this.recent.at(-1);
    return {
      pictures: this.address,
      counts: { ...this.counts },
      since: this.since,
      ...(last && { last: shown(last) }),
      rejects: this.rejects.map(shown),
      ...(this.failed !== undefined && { failed: this.failed }),
      ...(this.refused !== undefined && { refused: this.refused }),
    };
  }

  private find(number: number): Part | undefined {
    return [...this.recent, ...this.rejects].find((part) => part.shown.number === number);
  }

  /** Of too many bytes the oldest parts' go first; the newest part's stay. */
  private letGo(): void {
    const parts = [...new Set([...this.rejects, ...this.recent])].sort((a, b) => a.shown.number - b.shown.number);
    let bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    for (const part of parts.slice(0, -1)) {
      if (bytes <= this.bytes) return;
      bytes -= part.bytes;
      part.bytes = 0;
      part.pictures = {};
      part.message = undefined;
    }
  }
}

/** By the words that our other nodes take. */
const ORDERS: Record<Word, Message> = {
  good: { label: "good", action: "ok" },
  defect: { label: "bad", action: "defect" },
  handled: { action: "handled" },
};

const shown = ({ shown, pictures, message }: Part): ShownPart => ({
  ...shown,
  kinds: message ? (Object.keys(pictures) as PictureKind[]) : [],
});
/** Of encoded and of raw pictures. */
const bytesOf = (picture: unknown): number =>
  Buffer.isBuffer(picture) || typeof picture === "string"
    ? picture.length
    : isRecord(picture)
      ? bytesOf(picture.data)
      : 0;
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
