import { connect, createServer, type Socket } from "node:net";
import { listen } from "../ports";

/** What is sent to its port goes to another one. */
export interface Cable {
  readonly port: number;
  /** As a cable pulled: nothing arrives, and nobody is told. */
  cut(): void;
  /** What was under way is lost; ends find out by their own time-outs, or by the connection's reset. */
  restore(): void;
  close(): Promise<void>;
}

/** One that nobody pulls: the port itself. */
export function fixedCable(port: number): Cable {
  const cut = () => {
    throw new Error("This line's cables cannot be cut.");
  };
  return { port, cut, restore: () => undefined, close: async () => undefined };
}

/** One that can be pulled. */
export async function startRelay(target: number): Promise<Cable> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target, host: "127.0.0.1", noDelay: true });
    join(near, far);
    join(far, near);
  });
  function join(from: Socket, to: Socket): void {
    sockets.add(from);
    from.on("data", (data) => {
      if (!isCut) to.write(data);
    });
    from.on("error", () => undefined);
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
  }
  const port = await listen(server);
  const destroy = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    cut: () => {
      isCut = true;
    },
    restore: () => {
      destroy();
      isCut = false;
    },
    close: async () => {
      destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
