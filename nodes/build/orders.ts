import { readFile, writeFile } from "node:fs/promises";
import { GoldenSampleError, pathWithin, type Responses, sentence } from "../../lib";
import type { BankHandle } from "../shared/bank-handle";
import { number, text } from "../shared/config";
import type { Message, Runtime } from "../shared/node-red";
import { throughFile } from "../shared/temporary-file";
import { readFeedback } from "./feedback";

export const ORDERS = ["ok", "defect", "use", "compare", "export", "import", "delete", "log"] as const;
export type Order = (typeof ORDERS)[number];

export type OrderOutcome =
  | ({ action: "ok" } & Responses["accept"])
  | ({ action: "defect" } & Responses["keepDefect"])
  | ({ action: "use" } & Responses["useVersion"])
  | ({ action: "compare" } & Responses["compareVersions"])
  | ({ action: "export"; data?: Buffer } & Omit<Responses["exportVersion"], "file"> & { file?: string })
  | ({ action: "import" } & Responses["importVersion"])
  | ({ action: "delete" } & Responses["deleteVersion"])
  | ({ action: "log" } & Responses["auditLog"]);

export interface OrderContext {
  RED: Runtime;
  bank: BankHandle;
  /** Of another bank with the same settings. */
  name: string | undefined;
  /** What of the message is the image. */
  property: string;
  actor: { by: string; message: string };
  /** The folder that files named by messages lie in. */
  exchange: string;
}

/**
 * Feedback and versions by message. What can be wrong with the message is said at once, before anything is waited for.
 * @returns what carries the order out
 */
export function readOrder(order: Order, message: Message, context: OrderContext): () => Promise<OrderOutcome> {
  const { RED, bank, name, property, actor } = context;
  const stored = bank.stored(name);
  const { engine, backbone, guard, keepVersions } = bank;
  const pinned = bank.pinned(name);
  switch (order) {
    case "ok":
    case "defect": {
      const { threshold, ...frame } = readFeedback(RED, message, property, stored.name);
      const request = {
        bank: stored,
        backbone,
        ...frame,
        guard: { ...guard, ...(threshold !== undefined && { threshold }) },
        actor,
      };
      if (order === "defect") return async () => ({ action: order, ...(await engine.call("keepDefect", request)) });
      return async () => ({ action: order, ...(await engine.call("accept", { ...request, keepVersions, pinned })) });
    }
    case "use": {
      const request = { bank: stored, version: version(message), backbone, guard, actor };
      return async () => ({ action: order, ...(await engine.call("useVersion", request)) });
    }
    case "delete": {
      const request = { bank: stored, version: version(message), pinned, actor };
      return async () => ({ action: order, ...(await engine.call("deleteVersion", request)) });
    }
    case "compare": {
      const versions = twoVersions(message);
      return async () => ({
        action: order,
        ...(await engine.call("compareVersions", { bank: stored, versions, backbone, guard })),
      });
    }
    case "log": {
      const limit = number(message.limit, 100, "msg.limit", { from: 1, to: 10_000, whole: true });
      return async () => ({ action: order, ...(await engine.call("auditLog", { bank: stored, limit })) });
    }
    case "export": {
      const wanted = message.version === undefined ? {} : { version: version(message) };
      const file = fileOf(message, context);
      const what = { bank: stored, ...wanted, frames: message.frames !== false };
      return async () => {
        if (file !== undefined) return { action: order, ...(await engine.call("exportVersion", { ...what, ...file })) };
        // Over a file all the same: a large bank through the engine's pipe would hold up Node-RED.
        return throughFile(".safetensors", async (path) => {
          const exported = await engine.call("exportVersion", { ...what, file: path });
          const { file: _, ...facts } = exported;
          return { action: order, ...facts, data: await readFile(path) };
        });
      };
    }
    case "import": {
      const file = fileOf(message, context);
      const { payload } = message;
      const request = {
        bank: stored,
        use: message.use === true,
        backbone,
        guard,
        keepVersions,
        pinned,
        actor,
      };
      if (file === undefined && !Buffer.isBuffer(payload)) {
        throw new GoldenSampleError(
          "BAD_REQUEST",
          sentence`[noBankCarried] The message carries no bank: send the bundle as a Buffer in msg.payload, or the name of a file in the exchange folder in msg.filename.`,
        );
      }
      const take = async (from: { file: string; within?: string }): Promise<OrderOutcome> => ({
        action: order,
        ...(await engine.call("importVersion", { ...request, ...from })),
      });
      if (file !== undefined) return () => take(file);
      return () =>
        throughFile(".safetensors", async (path) => {
          await writeFile(path, payload as Buffer, { mode: 0o600, flag: "wx" });
          return take({ file: path });
        });
    }
  }
}

function version({ version: value }: Message): number {
  const wanted = number(value, 0, "msg.version", { from: 1, whole: true });
  if (wanted > 0) return wanted;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[noVersionNamed] The message names no version: set msg.version to its number.`,
  );
}

function twoVersions({ versions }: Message): [number, number] {
  const whole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
  if (Array.isArray(versions) && versions.length === 2 && versions.every(whole)) return versions as [number, number];
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[noTwoVersions] The message names no two versions: set msg.versions to their numbers, such as [3, 4].`,
  );
}

/**
 * The file that a message names, which lies in the exchange folder: whoever can send a message could otherwise read, and
 * write over, any file of this machine. The engine follows the links in it.
 */
function fileOf({ filename }: Message, { exchange }: OrderContext): { file: string; within: string } | undefined {
  const name = text(filename, "");
  if (name === "") return undefined;
  return { file: pathWithin(exchange, name, { code: "BAD_REQUEST", absolute: false }), within: exchange };
}
