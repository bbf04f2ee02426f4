import { join } from "node:path";
import { loadBackbone } from "../../lib/backbone/load";
import { preprocess } from "../../lib/backbone/preprocess";
import type { BankSettings } from "../../lib/bank/bank-settings";
import { readBundle, writeBundle } from "../../lib/bank/file/bundle";
import type { MemoryBank } from "../../lib/bank/memory-bank";
import { PatchCollection } from "../../lib/bank/patch-collection";
import { patchPlaces } from "../../lib/bank/placement";
import { requests } from "../../lib/engine/requests";
import type { BackboneRequest } from "../../lib/engine/requests/schemas";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { decodeImage } from "../../lib/image/decode";
import { createResizer } from "../../lib/image/resize";
import type { Setting } from "../setting";

const BUILT = 2;

/**
 * Real patches of many references without the hours of calibrating by them: a bank is built of two, and the patches of
 * further parts are put beside theirs.
 */
export class ReferenceBank {
  private constructor(
    private readonly folder: string,
    private readonly bank: MemoryBank,
    private readonly name: string,
    private readonly references: number,
  ) {}

  /** Of one reference. */
  get patches(): number {
    return this.bank.reference.length / this.references;
  }

  static async build(setting: Setting, backbone: BackboneRequest, references: number): Promise<ReferenceBank> {
    const name = `curves-${backbone.resolution}-${Date.now()}`;
    const file = join(setting.folder, `${name}.safetensors`);
    const pictures: Buffer[] = [];
    for (let i = 0; i < Math.max(BUILT, references); i++) pictures.push(await setting.part());
    const engine = new EngineClient();
    try {
      const sources = pictures.slice(0, BUILT).map((data) => ({ kind: "encoded" as const, data }));
      const job = { bank: { file }, backbone, settings: {}, references: sources };
      await engine.call("build", requests.build.schema.parse(job));
    } finally {
      engine.close();
    }
    const patches = await patchesOf(setting, backbone, pictures.slice(0, references));
    return new ReferenceBank(setting.folder, { ...(await readBundle(file)), ...patches }, name, references);
  }

  /** A file with the patches of the first references, and how they are searched. */
  async of(references: number, search: BankSettings["search"]): Promise<{ file: string }> {
    const { metadata, features, positions } = this.bank;
    const rows = this.patches * references;
    const file = join(this.folder, `${this.name}-${references}-${search}.safetensors`);
    await writeBundle(file, {
      ...this.bank,
      features: features.subarray(0, rows * metadata.backbone.dimension),
      positions: positions.subarray(0, 2 * rows),
      reference: this.bank.reference.subarray(0, rows),
      metadata: { ...metadata, settings: { ...metadata.settings, search } },
    });
    return { file };
  }
}

/** Of pictures of one size; those after the ones that the bank was built of count as of the last of these. */
async function patchesOf({ runtime }: Setting, spec: BackboneRequest, pictures: readonly Buffer[]) {
  const backbone = await loadBackbone(runtime, spec);
  const resizer = createResizer(runtime);
  try {
    const all = new PatchCollection();
    for (const [i, data] of pictures.entries()) {
      const image = await decodeImage({ kind: "encoded", data });
      const input = await preprocess(image, spec.resolution, backbone.info, resizer);
      const tokens = await backbone.features(input);
      all.add(Math.min(i, BUILT - 1), tokens, undefined, patchPlaces(tokens.rows, tokens.cols));
    }
    return all.join(backbone.info.dimension);
  } finally {
    await backbone.release();
    await resizer.release();
  }
}
