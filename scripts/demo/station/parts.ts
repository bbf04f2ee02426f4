import sharp from "sharp";
import { EngineClient } from "../../../lib/engine/supervisor/client";
import { renderPart } from "../part";
import { createRandom } from "../part/random";

/** Small, for the line is about the handshake. */
export const RESOLUTION = 112;
/** The bank of each recipe; the second is of another product, on the same line. */
export const BANKS = { 1: "station-part", 2: "station-other" } as const;
export type RecipeNumber = keyof typeof BANKS;

const REFERENCES = 4;
const DEFECTIVE = 0.3;
const UNLIKE = 0.01;

export interface Picture {
  product: RecipeNumber;
  kind: "good" | "defective" | "unlike";
  jpeg: Buffer;
  /** Score by the bank of its own product, seen alone and undisturbed; of frames that are unlike none is asked for. */
  score: number;
}

/** What the line makes: a few pictures of each kind, and which of them each part has. */
export class Parts {
  private constructor(
    private readonly pictures: readonly Picture[],
    private readonly seed: number,
  ) {}

  /** Builds both banks into `directory`, and finds out what each picture scores when nothing is in its way. */
  static async prepare(directory: string, seed: number): Promise<Parts> {
    const engine = new EngineClient();
    try {
      const pictures = await Promise.all(([1, 2] as const).map((product) => prepare(engine, directory, product)));
      return new Parts(pictures.flat(), seed);
    } finally {
      engine.close();
    }
  }

  /** The picture of a part of this product; the same for the same number. */
  of(part: number, product: RecipeNumber): Picture {
    const random = createRandom(this.seed * 1_000_003 + part);
    const share = random.between(0, 1);
    const kind = share < UNLIKE ? "unlike" : share < UNLIKE + DEFECTIVE ? "defective" : "good";
    return random.pick(this.pictures.filter((picture) => picture.product === product && picture.kind === kind));
  }
}

async function prepare(engine: EngineClient, directory: string, product: RecipeNumber): Promise<Picture[]> {
  const bank = { directory, name: BANKS[product] };
  const backbone = { model: "lite", resolution: RESOLUTION };
  for (let seed = 0; seed < REFERENCES; seed++)
    await engine.call("addReference", { bank, image: encoded(await photograph(product, seed)) });
  await engine.call("build", { bank, backbone, settings: {} });
  const pictures: Picture[] = [];
  const add = async (kind: Picture["kind"], jpeg: Buffer) => {
    const { score } = await engine.call("score", { image: encoded(jpeg), bank, backbone });
    pictures.push({ product, kind, jpeg, score });
  };
  for (let seed = 0; seed < REFERENCES; seed++) {
    // In other light: the references themselves would all score 0, and nobody could tell them apart.
    await add(
      "good",
      await sharp(await photograph(product, seed))
        .linear(1, 3 + seed)
        .jpeg()
        .toBuffer(),
    );
    await add("defective", await photograph(product, seed, seed));
  }
  const dark = await sharp(await photograph(product, 0))
    .linear(0.05, 0)
    .jpeg()
    .toBuffer();
  pictures.push({ product, kind: "unlike", jpeg: dark, score: Number.NaN });
  return pictures;
}

const encoded = (data: Buffer) => ({ kind: "encoded" as const, data });

/** @param defects numbers from which on; absent: a good part */
async function photograph(product: RecipeNumber, seed: number, defect?: number): Promise<Buffer> {
  const kinds = ["chipped_edge", "missing_screw"] as const;
  const picture = sharp(await renderPart(seed, defect === undefined ? undefined : kinds[defect % kinds.length]));
  return (product === 1 ? picture : picture.negate()).resize(320, 240).jpeg({ quality: 92 }).toBuffer();
}
