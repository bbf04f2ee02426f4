import { createServer, type Socket } from "node:net";
import { listen } from "./ports";

/** A running MQTT broker. */
export interface Broker {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts aedes on a free port of 127.0.0.1. */
export async function startBroker(): Promise<Broker> {
  // An ES module without a CommonJS door: only a dynamic import reaches it from here.
  const { Aedes } = await import("aedes");
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    aedes.handle(socket);
  });
  const port = await listen(server);
  return {
    port,
    close: async () => {
      await new Promise<void>((resolve) => aedes.close(resolve));
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
