import { parentPort, workerData } from "node:worker_threads";
import { GarbageCollector } from "../collect-garbage";
import { loadOnnxRuntime } from "../onnxruntime";
import { loadPortableRuntime } from "../onnxruntime-web";
import type { Session, Tensor } from "../types";
import { type FromThread, type ThreadStart, type ToThread, toFailure } from "./wire";

/** The other side of threaded sessions: models are loaded and run here, so that only this thread is ever blocked. */
function main(port: NonNullable<typeof parentPort>, { runtime: name }: ThreadStart): void {
  const sessions = new Map<number, Session>();
  const garbage = new GarbageCollector();
  const send = (message: FromThread, handedOver: ArrayBuffer[] = []) => port.postMessage(message, handedOver);

  port.on("message", (message: ToThread) => {
    const { session } = message;
    const id = message.kind === "run" ? message.id : undefined;
    void answer(message).catch((thrown: unknown) => send({ session, kind: "failed", id, ...toFailure(thrown) }));
  });

  async function answer(message: ToThread): Promise<void> {
    const session = sessions.get(message.session);
    if (message.kind === "create") {
      const runtime = name === "native" ? loadOnnxRuntime() : loadPortableRuntime();
      const created = await runtime.createSession(message.model, message.options);
      sessions.set(message.session, created);
      const { device, inputs, outputs } = created;
      send({ session: message.session, kind: "created", device, inputs, outputs });
    } else if (message.kind === "run") {
      garbage.begin();
      try {
        const outputs = await session!.run(message.feeds, message.fetches);
        send({ session: message.session, kind: "outputs", id: message.id, outputs }, buffersOf(outputs));
      } finally {
        garbage.end();
      }
    } else {
      await session?.release();
      sessions.delete(message.session);
      // With nothing left to listen to, the thread ends by itself; ending it from outside could abort the process.
      if (message.last) port.close();
    }
  }
}

/** Memory that belongs to these tensors alone; two outputs may be views of one piece. */
function buffersOf(outputs: Record<string, Tensor>): ArrayBuffer[] {
  return [...new Set(Object.values(outputs).map(({ data }) => data.buffer as ArrayBuffer))];
}

if (parentPort) main(parentPort, workerData as ThreadStart);
