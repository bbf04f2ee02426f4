import assert from "node:assert/strict";
import { join } from "node:path";
import type { RequestInput } from "../../lib/engine/requests";
import type { EngineClient } from "../../lib/engine/supervisor/client";
import { type ErrorCode, GoldenSampleError } from "../../lib/errors";
import { partJpeg } from "../support/pictures";

type ScoreRequest = RequestInput<"score">;

/** Pictures in the stream; each of them comes again and again, with other bytes at its end, so that none is remembered. */
const PICTURES = 4;
/** Frames on their way at a time. */
const PARALLEL = 3;

/** A line that inspects without a pause while something is done to it: every frame is counted, every score checked. */
export class FrameStream {
  answered = 0;
  readonly failures: GoldenSampleError[] = [];
  private readonly wrong: string[] = [];
  private running = false;
  private sent = 0;
  private lines: Promise<void>[] = [];
  private readonly listeners = new Set<() => void>();

  private constructor(
    private readonly engine: Pick<EngineClient, "call">,
    private readonly request: Omit<ScoreRequest, "image">,
    private readonly pictures: readonly Buffer[],
    private readonly expected: readonly number[],
  ) {}

  /** Builds a bank in `folder` and learns what an undisturbed engine makes of each picture. */
  static async prepare(
    engine: Pick<EngineClient, "call">,
    folder: string,
    backbone: ScoreRequest["backbone"] = { model: "texture", resolution: 112 },
  ): Promise<FrameStream> {
    const pictures = await Promise.all(
      Array.from({ length: PICTURES }, (_, i) => partJpeg({ seed: 50 + i, scratch: i % 2 === 1 })),
    );
    const bank = { directory: join(folder, "banks"), name: "part" };
    for (let seed = 1; seed <= 3; seed++) {
      await engine.call("addReference", { bank, image: { kind: "encoded", data: await partJpeg({ seed }) } });
    }
    await engine.call("build", { bank, backbone, settings: {} });
    const request = { backbone, bank };
    const expected: number[] = [];
    for (const data of pictures) {
      expected.push((await engine.call("score", { ...request, image: { kind: "encoded", data } })).score);
    }
    return new FrameStream(engine, request, pictures, expected);
  }

  /** The same pictures and bank through another engine. */
  through(engine: Pick<EngineClient, "call">): FrameStream {
    return new FrameStream(engine, this.request, this.pictures, this.expected);
  }

  start(): void {
    this.running = true;
    this.lines = Array.from({ length: PARALLEL }, () => this.line());
  }

  /** Waits for so many more answers: the stream flows (again). */
  async flows(count = 12): Promise<void> {
    const goal = this.answered + count;
    while (this.answered < goal) await new Promise<void>((next) => this.listeners.add(next));
  }

  /** Ends the stream. Fails where a frame was answered wrongly; that each one ended in some way is awaited. */
  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.lines);
    assert.deepEqual(this.wrong, []);
    assert.equal(this.answered + this.failures.length, this.sent);
  }

  /** How often each code was among the failures. */
  get codes(): Partial<Record<ErrorCode, number>> {
    const counts: Partial<Record<ErrorCode, number>> = {};
    for (const { code } of this.failures) counts[code] = (counts[code] ?? 0) + 1;
    return counts;
  }

  private async line(): Promise<void> {
    while (this.running) {
      const number = this.sent++;
      await this.inspect(number);
      for (const next of this.listeners) next();
      this.listeners.clear();
      // A failed frame may have failed at once, and a camera has a pace, too.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  private async inspect(number: number): Promise<void> {
    const which = number % PICTURES;
    const data = Buffer.concat([this.pictures[which]!, Buffer.from(`frame ${number}`)]);
    try {
      const { score } = await this.engine.call("score", { ...this.request, image: { kind: "encoded", data } });
      this.answered++;
      const expected = this.expected[which]!;
      if (Math.abs(score - expected) > 1e-6 * expected) this.wrong.push(`frame ${number}: ${score}, not ${expected}`);
    } catch (thrown) {
      if (!(thrown instanceof GoldenSampleError)) throw thrown;
      this.failures.push(thrown);
      // A test that failed closes its engine and stops no stream: nothing would ever end it.
      if (thrown.code === "ENGINE_CLOSED") this.running = false;
    }
  }
}
