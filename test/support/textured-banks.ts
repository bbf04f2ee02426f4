import { join } from "node:path";
import { after, before } from "mocha";
import type { Engine, RequestInput, Responses } from "../../lib/engine/requests";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { partJpeg } from "./pictures";
import { temporaryFolder } from "./temporary";

type Image = RequestInput<"score">["image"];

/** 112 px of these pictures: a scratch scores some 500 times what good parts do. */
export const backbone = { model: "texture", resolution: 112 };

/**
 * Has for the tests of a `describe` an engine, a folder of banks, and pictures of good and of scratched parts.
 * @param take is handed engine and folder before the first test
 * @returns the pictures, and what is asked of the engine about a bank by its name
 */
export function texturedBanks(take: (made: { engine: Engine; directory: string }) => void) {
  const folder = { path: "" };
  let remove: () => void;
  let engine: Engine;
  let directory: string;
  const good: Image[] = [];
  const scratched: Image[] = [];

  before(async () => {
    ({ path: folder.path, remove } = temporaryFolder());
    directory = join(folder.path, "banks");
    engine = acquireEngine({ device: "auto" });
    take({ engine, directory });
    const picture = async (seed: number, scratch: boolean): Promise<Image> => ({
      kind: "encoded",
      data: await partJpeg({ seed, scratch }),
    });
    for (let seed = 1; seed <= 8; seed++) good.push(await picture(seed, false));
    for (let seed = 20; seed < 24; seed++) scratched.push(await picture(seed, true));
  });
  after(() => {
    engine.release();
    remove();
  });

  const bank = (name: string) => ({ directory, name });
  const build = (name: string, more: Partial<RequestInput<"build">> = {}) =>
    engine.call("build", { bank: bank(name), backbone, settings: {}, ...more });
  const score = (name: string, image: Image) => engine.call("score", { bank: bank(name), backbone, image });
  const accept = (name: string, image: Image, more: Partial<RequestInput<"accept">> = {}) =>
    engine.call("accept", { bank: bank(name), backbone, image, ...more });
  const keepDefect = (name: string, image: Image) => engine.call("keepDefect", { bank: bank(name), backbone, image });
  const state = (name: string) => engine.call("bankState", { bank: bank(name) });
  async function learnt(name: string, references = 5): Promise<Responses["build"]> {
    for (const image of good.slice(0, references)) await engine.call("addReference", { bank: bank(name), image });
    return build(name);
  }
  return { folder, good, scratched, bank, build, score, accept, keepDefect, state, learnt };
}
