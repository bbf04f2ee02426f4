import { parentPort } from "node:worker_threads";
import { loadOnnxRuntime } from "../onnxruntime";
import type { Session, Tensor } from "../types";
import { type FromThread, type ToThread, toFailure } from "./wire";

/** The other side of a threaded session: one model, loaded and run here, so that only this thread is ever blocked. */
function main(port: NonNullable<typeof parentPort>): void {
  let session: Session | undefined;
  const send = (message: FromThread, handedOver: ArrayBuffer[] = []) => port.postMessage(message, handedOver);

  port.on("message", (message: ToThread) => {
    void answer(message).catch((thrown: unknown) =>
      send({ kind: "failed", id: message.kind === "run" ? message.id : undefined, ...toFailure(thrown) }),
    );
  });

  async function answer(message: ToThread): Promise<void> {
    if (message.kind === "create") {
      session = await loadOnnxRuntime().createSession(message.model, message.options);
      const { device, inputs, outputs } = session;
      send({ kind: "created", device, inputs, outputs });
    } else if (message.kind === "run") {
      const outputs = await session!.run(message.feeds, message.fetches);
      send({ kind: "outputs", id: message.id, outputs }, buffersOf(outputs));
    } else {
      await session?.release();
      // With nothing left to listen to, the thread ends by itself; ending it from outside could abort the process.
      port.close();
    }
  }
}

/** Memory that belongs to these tensors alone; two outputs may be views of one piece. */
function buffersOf(outputs: Record<string, Tensor>): ArrayBuffer[] {
  return [...new Set(Object.values(outputs).map(({ data }) => data.buffer as ArrayBuffer))];
}

if (parentPort) main(parentPort);
