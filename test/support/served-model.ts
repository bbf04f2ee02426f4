import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach } from "mocha";
import { ModelStore, type StoreTools } from "../../lib/backbone/models/store";
import { type ModelServer, serveModel } from "./model-server";
import { refusal } from "./refusal";
import { temporaryFolder } from "./temporary";
import { tinyBackbone } from "./tiny-backbone";

export const MODEL = tinyBackbone();
export const HALF = MODEL.length >> 1;
export const TOOLS: Partial<StoreTools> = {
  env: {},
  timeout: 2000,
  pauses: [1, 1, 1],
  lock: { heartbeat: 30, stale: 300 },
};

/**
 * Gives each test of a `describe` a server that has one model, and an empty folder for it.
 * @param take is handed the server before each test
 * @returns the folder, a store of models there, and what lies in it
 */
export function servedModel(take: (server: ModelServer) => void) {
  const folder = { path: "" };
  let remove: () => void;
  let server: ModelServer;
  beforeEach(async () => {
    ({ path: folder.path, remove } = temporaryFolder());
    server = await serveModel(MODEL);
    take(server);
  });
  afterEach(async () => {
    await server.close();
    remove();
  });

  const store = (tools: Partial<StoreTools> = {}, mirror = server.address) =>
    new ModelStore({ directory: folder.path, mirror, entries: [server.entry()] }, { ...TOOLS, ...tools });
  const stored = () => store().pathOf(server.entry());
  const isThere = () => assert.deepEqual(readFileSync(stored()), MODEL);
  /** Nothing is kept of a failed download but what a later one may go on with. */
  const left = () => (existsSync(dirname(stored())) ? readdirSync(dirname(stored())) : []);
  return { folder, store, stored, isThere, left };
}

/** @returns what is said where a model cannot be had */
export const failure = (call: Promise<unknown>) => refusal(call, "MODEL_UNAVAILABLE");
