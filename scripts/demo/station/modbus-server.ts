import type { Server } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { ServerTCP } from "modbus-serial";
import { clock } from "./stopwatch";

const FROM_PLC = 100;
const TO_PLC = 200;
const LAST_TO_PLC = 215;

/** What the thread with the server tells the one with the program: a reading with `trigger` in it, or all that was written. */
export type FromServer = { kind: "ready" } | { kind: "read" | "written"; words: Uint16Array; at: number };

// The thread of a PLC's Modbus TCP server (unit 1): what is read is what the program has said last, and the program hears of
// what was written once all of it is.
const req = new Uint16Array(5);
const sts = new Uint16Array(LAST_TO_PLC - TO_PLC + 1);
const tell = (said: FromServer) => parentPort!.postMessage(said);

parentPort!.on("message", (words: Uint16Array) => req.set(words));
const server = new ServerTCP(
  {
    getHoldingRegister: (address: number) => {
      if (address === FROM_PLC && (req[0]! & 1) === 1) tell({ kind: "read", words: req, at: clock() });
      return (address < TO_PLC ? req[address - FROM_PLC] : sts[address - TO_PLC]) ?? 0;
    },
    setRegister: (address: number, value: number) => {
      sts[address - TO_PLC] = value;
      if (address === LAST_TO_PLC) tell({ kind: "written", words: sts, at: clock() });
    },
  },
  { host: "127.0.0.1", port: workerData as number, unitID: 1, debug: false },
);
// As in PLCs: an answer does not wait until the one before was acknowledged.
(server as unknown as { _server: Server })._server.on("connection", (socket) => socket.setNoDelay(true));
// Whoever goes away without a word is no fault of the PLC.
server.on("socketError", () => undefined);
server.once("initialized", () => tell({ kind: "ready" }));
server.once("serverError", (error) => {
  throw error;
});
