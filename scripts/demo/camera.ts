import mqtt, { type MqttClient } from "mqtt";

/** The flow's verdict on one frame, as it is published once the coil is written. */
export interface Verdict {
  verdict: "ok" | "anomaly" | "unlike";
  score: number;
  threshold: number;
  /** Whether the part may pass. */
  coil: boolean;
  timing: { total: number };
}

/** What came back for one frame. */
export type Answer =
  | { kind: "reference" }
  | { kind: "verdict"; verdict: Verdict; alarm: Buffer | undefined }
  | { kind: "error"; message: string };

const LINE = "line1";

/** A simulated camera: publishes frames on line1/camera/<frame> and waits for what the line answers. */
export class Camera {
  readonly #client: MqttClient;
  readonly #arrived = new Map<string, Buffer>();
  #wake: () => void = () => undefined;
  /** Verdicts seen for each frame: more than one would be a fault of the flow. */
  readonly verdicts = new Map<string, number>();

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on("message", (topic, payload) => {
      // The broker keeps the last status: "offline" may be an earlier flow's.
      if (topic === `${LINE}/status` && payload.toString("utf8") !== "online") return;
      this.#arrived.set(topic, payload);
      const frame = new RegExp(`^${LINE}/verdict/(.+)$`).exec(topic)?.[1];
      if (frame) this.verdicts.set(frame, (this.verdicts.get(frame) ?? 0) + 1);
      this.#wake();
    });
  }

  /** Connects to the broker on 127.0.0.1. */
  static async connect(port: number): Promise<Camera> {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
    const camera = new Camera(client);
    const topics = ["status", "reference/+", "verdict/+", "alarm/+", "error/+"];
    await client.subscribeAsync(
      topics.map((topic) => `${LINE}/${topic}`),
      { qos: 1 },
    );
    return camera;
  }

  /** Resolves once the flow has told the broker that it listens. */
  async lineReady(timeoutMs: number): Promise<void> {
    const status = await this.#next([`${LINE}/status`], timeoutMs);
    if (!status) throw new Error(`The flow did not report on ${LINE}/status within ${timeoutMs / 1000} s.`);
  }

  /** Shows one part to the line. An answer that never comes is an answer of kind "error". */
  async inspect(frame: string, image: Buffer, timeoutMs: number): Promise<Answer> {
    const topics = ["reference", "verdict", "error"].map((kind) => `${LINE}/${kind}/${frame}`);
    await this.#client.publishAsync(`${LINE}/camera/${frame}`, image, { qos: 1 });
    const answer = await this.#next(topics, timeoutMs);
    if (!answer) return { kind: "error", message: `no verdict within ${timeoutMs / 1000} s` };
    if (answer.topic === topics[0]) return { kind: "reference" };
    if (answer.topic === topics[2]) return { kind: "error", message: answer.payload.toString("utf8") };
    const verdict = JSON.parse(answer.payload.toString("utf8")) as Verdict;
    if (verdict.verdict === "ok") return { kind: "verdict", verdict, alarm: undefined };
    const alarm = await this.#next([`${LINE}/alarm/${frame}`], timeoutMs);
    return { kind: "verdict", verdict, alarm: alarm?.payload };
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }

  /** The first message to arrive on one of the topics; undefined where none does in time. */
  async #next(topics: readonly string[], timeoutMs: number): Promise<{ topic: string; payload: Buffer } | undefined> {
    const find = () => topics.find((topic) => this.#arrived.has(topic));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        if (!find()) return;
        clearTimeout(timer);
        resolve();
      };
      this.#wake();
    });
    this.#wake = () => undefined;
    const topic = find();
    const payload = topic === undefined ? undefined : this.#arrived.get(topic);
    if (topic === undefined || payload === undefined) return undefined;
    this.#arrived.delete(topic);
    return { topic, payload };
  }
}
