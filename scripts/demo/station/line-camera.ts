import { connectAsync, type MqttClient } from "mqtt";

export interface LineCameraOptions {
  brokerPort: number;
  /** What lies before the camera now. */
  look: () => Buffer;
  /** @param id of the inspection, @param part that the PLC triggered for, @param inference milliseconds in the engine */
  onResult: (id: number, part: number, inference: number | undefined) => void;
}

interface Told {
  inspectionId: number;
  partId: number;
  inference?: number;
}

/** A camera that takes a picture when it is told to on MQTT, and sends it back under the number that it was told. */
export class LineCamera {
  /** Milliseconds from the trigger to the exposure. */
  delay = 0;

  private constructor(private readonly client: MqttClient) {}

  static async connect({ brokerPort, look, onResult }: LineCameraOptions): Promise<LineCamera> {
    const client = await connectAsync(`mqtt://127.0.0.1:${brokerPort}`);
    const camera = new LineCamera(client);
    client.on("message", (topic, payload) => {
      if (topic === "station1/result") {
        const { inspectionId, partId, inference } = JSON.parse(payload.toString()) as Told;
        onResult(inspectionId, partId, inference);
        return;
      }
      const answer = () => client.publish(`station1/camera/frame/${payload.toString()}`, look());
      if (camera.delay > 0) setTimeout(answer, camera.delay);
      else answer();
    });
    await client.subscribeAsync(["station1/camera/trigger", "station1/result"]);
    return camera;
  }

  async close(): Promise<void> {
    await this.client.endAsync(true);
  }
}
