import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { adminRoute } from "../../nodes/shared/admin-route";
import type { Runtime } from "../../nodes/shared/node-red";

const PICTURES = 40;

describe("a stream of pictures for a panel", () => {
  it("leaves nothing behind of the pictures that the network took its time for", async () => {
    let asked = (_request: object, _response: ServerResponse) => {};
    const get = (_path: string, _guard: unknown, answer: typeof asked) => {
      asked = answer;
    };
    const RED = { httpAdmin: { get }, auth: { needsPermission: () => undefined } } as unknown as Runtime;
    const listeners: number[] = [];
    let waits = 0;
    let heard: ServerResponse;
    adminRoute(RED, "get", "live/:node/stream.mjpg", "read", async () => ({
      pictures: async (show) => {
        for (let i = 0; i < PICTURES; i++) {
          await show(Buffer.alloc(300_000));
          listeners.push(heard.listenerCount("close") + heard.listenerCount("error"));
        }
      },
    }));
    const server = createServer((request, response) => {
      heard = response;
      const { write } = response;
      response.write = ((chunk: Buffer) => {
        const isTaken = write.call(response, chunk, "utf8");
        if (!isTaken) waits++;
        return isTaken;
      }) as typeof response.write;
      asked({ ...request, params: {} }, Object.assign(response, { set: () => response }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    const { length } = Buffer.from(await answer.arrayBuffer());
    server.close();
    assert.ok(length > PICTURES * 300_000);
    assert.ok(waits > PICTURES / 2, `${waits} pictures had to wait`);
    assert.equal(listeners.at(-1), listeners[0]);
  });
});
