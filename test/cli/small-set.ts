import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "mocha";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

/**
 * Has for the tests of a `describe` a folder with a tiny backbone, images of good and of scratched parts in MVTec layout,
 * and a file that is no image.
 * @returns paths in the folder, and the options that name the backbone
 */
export function smallSet() {
  let folder: ReturnType<typeof temporaryFolder>;
  const at = (...parts: string[]) => join(folder.path, ...parts);

  before(async () => {
    folder = temporaryFolder();
    writeFileSync(at("tiny.onnx"), tinyBackbone());
    for (const type of ["train/good", "test/good", "test/scratch"]) mkdirSync(at("data", type), { recursive: true });
    for (let seed = 1; seed <= 4; seed++) {
      writeFileSync(at("data/train/good", `${seed}.jpg`), await partJpeg({ seed }));
      writeFileSync(at("data/test/good", `${seed}.jpg`), await partJpeg({ seed: 10 + seed }));
      writeFileSync(at("data/test/scratch", `${seed}.jpg`), await partJpeg({ seed: 20 + seed, scratch: true }));
    }
    writeFileSync(at("rubbish.jpg"), "rubbish");
  });
  after(() => folder.remove());

  const tiny = () => ["--backbone", at("tiny.onnx"), "--resolution", "112", "--metric", "l2"];
  return { at, tiny };
}
