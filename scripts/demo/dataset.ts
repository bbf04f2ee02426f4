import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { listFolders, readImageFolder } from "../../lib/image/folder";
import { DEFECTS, renderPart } from "./part";
import { createRandom } from "./part/random";

/** One picture for the camera, with what is known about it. */
export interface Frame {
  /** "test/scratch/003.jpg": what the table shows. */
  readonly name: string;
  /** "good", or the kind of defect. */
  readonly truth: string;
  /** The encoded picture; rendered or read when it is asked for. */
  bytes(): Promise<Buffer>;
}

/** The good parts the bank is built from, and what is inspected after that. */
export interface Dataset {
  readonly references: readonly Frame[];
  readonly frames: readonly Frame[];
}

export interface DatasetOptions {
  /** How many good parts the bank is built from. */
  references: number;
  /** At most this many frames are inspected; absent: all there are. */
  frames?: number | undefined;
}

const GOOD = "good";
const RENDERED_FRAMES = 42;
const MIX_SEED = 2024;

/** Parts rendered by the demo itself: half of the frames good, the rest spread evenly over the kinds of defect. */
export function renderedDataset(options: DatasetOptions): Dataset {
  const count = options.frames ?? RENDERED_FRAMES;
  const frame = (seed: number, truth: string, folder: string): Frame => ({
    name: `${folder}/${truth}/${String(seed % 1000).padStart(3, "0")}.jpg`,
    truth,
    bytes: () =>
      renderPart(
        seed,
        DEFECTS.find((defect) => defect === truth),
      ),
  });
  const frames = Array.from({ length: count }, (_, i) => {
    const truth = i % 2 === 0 ? GOOD : DEFECTS[(i >> 1) % DEFECTS.length]!;
    return frame(2000 + i, truth, "test");
  });
  return {
    references: Array.from({ length: options.references }, (_, i) => frame(1000 + i, GOOD, "train")),
    frames: mixed(frames),
  };
}

/**
 * Images in MVTec AD's layout: train/good/* and test/<type>/*.
 * @throws Error, in one sentence, where the folder is not laid out so or has too few references
 */
export async function folderDataset(directory: string, options: DatasetOptions): Promise<Dataset> {
  const train = join(directory, "train", GOOD);
  const test = join(directory, "test");
  if (!existsSync(train) || !existsSync(test)) {
    throw new Error(`${directory} is not in MVTec layout: it needs the folders train/good and test/<type>.`);
  }
  const references = (await imagesIn(train, `train/${GOOD}`, GOOD)).slice(0, options.references);
  if (references.length < options.references) {
    throw new Error(
      `${train} has ${references.length} images but ${options.references} references are asked for: use --references.`,
    );
  }
  const frames: Frame[] = [];
  for (const type of await listFolders(test)) frames.push(...(await imagesIn(join(test, type), `test/${type}`, type)));
  if (frames.length === 0) throw new Error(`${test} has no images: put them into test/good and test/<type>.`);
  return { references, frames: mixed(frames).slice(0, options.frames ?? frames.length) };
}

async function imagesIn(directory: string, label: string, truth: string): Promise<Frame[]> {
  const { images } = await readImageFolder(directory);
  return images.map((path) => ({ name: `${label}/${basename(path)}`, truth, bytes: () => readFile(path) }));
}

/** The same shuffle every time, so that a run cut short still sees good and bad parts. */
function mixed(frames: readonly Frame[]): Frame[] {
  const random = createRandom(MIX_SEED);
  const order = [...frames];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
