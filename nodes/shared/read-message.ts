import { resolve } from "node:path";
import {
  GoldenSampleError,
  type ImageSource,
  type ImageSourceOptions,
  type MaskMessage,
  readGridMask,
  sentence,
  toImageSource,
} from "../../lib";
import { userDirectory } from "./backbone-handle";
import { flag, text } from "./config";
import type { Message, NodeConfig, Runtime } from "./node-red";

/** The image that a message carries at `property` (`payload`, `image.data` ...). @param paths none unless told */
export function readImage(
  RED: Runtime,
  message: Message,
  property: string,
  paths: ImageSourceOptions = {},
): ImageSource {
  return toImageSource(valueAt(RED, message, property), paths);
}

/** Who gives the order, where the flow knows. */
export function readUser({ user }: Message & { user?: unknown }): string | undefined {
  const { username, name } = (typeof user === "object" && user !== null ? user : {}) as Record<string, unknown>;
  const found = [user, username, name].find((value) => typeof value === "string" && value.trim() !== "");
  return found === undefined ? undefined : String(found).trim().slice(0, 200);
}

/** Whether a node reads image files that a message names, and in which folder, as its settings say. */
export function pathsAllowed(RED: Runtime, { allowPaths, pathFolder }: NodeConfig): ImageSourceOptions {
  const folder = text(pathFolder, "");
  return { allowPaths: flag(allowPaths), ...(folder !== "" && { within: resolve(userDirectory(RED), folder) }) };
}

function valueAt(RED: Runtime, message: Message, property: string): unknown {
  try {
    return RED.util.getMessageProperty(message, property);
  } catch {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[propertyUnreadable] "msg.${{ property }}" cannot be read from the message: correct the property in the node.`,
    );
  }
}

/**
 * The mask that a message carries, without what else the mask node put there.
 * @throws {GoldenSampleError} BAD_REQUEST where it is none
 */
export function readMask({ mask }: Message): MaskMessage | undefined {
  if (mask === undefined || mask === null) return undefined;
  const { data, ...facts } = readGridMask(mask, "msg.mask");
  return { ...facts, dtype: "uint8", data: data as Buffer };
}

/** The bank that a message asks for by name, for product change-over. */
export function readBankName({ bank }: Message): string | undefined {
  if (bank === undefined || bank === null || bank === "") return undefined;
  if (typeof bank === "string") return bank;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[bankNotText] msg.bank is not text: set it to a bank's name or delete it.`,
  );
}

/** The milliseconds that a message allows for its inspection, where it says so; 0 sets no limit. */
export function readDeadline({ deadline }: Message): number | undefined {
  if (deadline === undefined || deadline === null || deadline === "") return undefined;
  if (typeof deadline === "number" && deadline >= 0 && deadline <= 3_600_000) return deadline;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[badDeadline] msg.deadline is no number of milliseconds: set it to one from 0 (no limit) to 3600000, or delete it.`,
  );
}
