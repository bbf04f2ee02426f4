import type { Device, RuntimeSetting } from "../../runtime/types";
import type { Engine } from "../requests";
import { EngineClient } from "./client";

export interface EngineOptions {
  device: Device;
  /** Which of several devices of a kind. */
  deviceIndex?: number | undefined;
  runtime?: RuntimeSetting | undefined;
  /** Megabytes that the engine may take; absent: as the environment says. See memory-plan.ts. */
  memory?: number | undefined;
}

/** A deploy closes all nodes before it makes the new ones: without this wait it would load every model again. */
const LINGER = 10_000;

interface Entry {
  client: EngineClient;
  users: number;
  /** The number of the last one. */
  lastUser: number;
  closing: NodeJS.Timeout | undefined;
}

/** The one piece of global state: a process has one engine for each device, runtime and budget, whoever asks for it. */
const engines = new Map<string, Entry>();

/**
 * The engine of a device, started when first wanted and shared by everybody in this process.
 * @returns this user's share; the engine process ends ten seconds after the last share was released
 */
export function acquireEngine({ device, deviceIndex = 0, runtime = "auto", memory }: EngineOptions): Engine {
  const key = JSON.stringify([device, deviceIndex, runtime, memory]);
  const entry = engines.get(key) ?? {
    client: new EngineClient({ runtime, memory }),
    users: 0,
    lastUser: 0,
    closing: undefined,
  };
  engines.set(key, entry);
  entry.users++;
  clearTimeout(entry.closing);
  entry.closing = undefined;
  // A deploy may have mended what was wrong.
  entry.client.retry();
  entry.client.start();
  const { client } = entry;
  const user = ++entry.lastUser;
  let released = false;
  return {
    call: (method, request, options) => client.call(method, request, options, user),
    get state() {
      return client.state;
    },
    get runtime() {
      return client.runtime;
    },
    onState: (listener) => client.onState(listener),
    release() {
      if (released) return;
      released = true;
      entry.users--;
      if (entry.users > 0) return;
      entry.closing = setTimeout(() => {
        engines.delete(key);
        client.close();
      }, LINGER);
      entry.closing.unref();
    },
  };
}
