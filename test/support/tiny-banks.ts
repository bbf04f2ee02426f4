import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "mocha";
import type { Engine, RequestInput } from "../../lib/engine/requests";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { partJpeg } from "./pictures";
import { temporaryFolder } from "./temporary";
import { tinyBackbone } from "./tiny-backbone";

type Image = RequestInput<"score">["image"];

interface Made<E> {
  engine: E;
  backbone: RequestInput<"score">["backbone"];
  directory: string;
  scratched: Image;
}

/**
 * Has for the tests of a `describe` an engine, a tiny backbone, a folder of banks, and pictures of parts.
 * @param start gives the engine: this process's, or one of the tests' own, which is closed after them
 * @param take is handed all that is there before the first test only
 * @returns pictures of good parts, and what names and builds a bank of them
 */
export function tinyBanks<E extends Engine | EngineClient>(start: () => E, take: (made: Made<E>) => void) {
  const folder = { path: "" };
  let remove: () => void;
  let engine: E;
  let backbone: Made<E>["backbone"];
  let directory: string;
  const good: Image[] = [];

  before(async () => {
    ({ path: folder.path, remove } = temporaryFolder());
    directory = join(folder.path, "banks");
    engine = start();
    const model = join(folder.path, "tiny.onnx");
    writeFileSync(model, tinyBackbone());
    // The tests' figures are of whole patches at their own scale.
    backbone = { model, resolution: 112, fit: "crop" };
    for (let seed = 1; seed <= 5; seed++) good.push({ kind: "encoded", data: await partJpeg({ seed }) });
    const scratched: Image = { kind: "encoded", data: await partJpeg({ seed: 9, scratch: true }) };
    take({ engine, backbone, directory, scratched });
  });
  after(() => {
    if (engine instanceof EngineClient) engine.close();
    else engine.release();
    remove();
  });

  const bank = (name: string) => ({ directory, name });
  async function built(name: string, settings: RequestInput<"build">["settings"] = {}) {
    for (const image of good.slice(0, 4)) await engine.call("addReference", { bank: bank(name), image });
    return engine.call("build", { bank: bank(name), backbone, settings });
  }
  return { folder, good, bank, built };
}
