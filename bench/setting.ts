import { join } from "node:path";
import sharp from "sharp";
import { readBundle, writeBundle } from "../lib/bank/file/bundle";
import { pickPatches } from "../lib/bank/patch-collection";
import { type RequestInput, requests } from "../lib/engine/requests";
import type { Handling } from "../lib/engine/requests/request";
import type { BackboneRequest } from "../lib/engine/requests/schemas";
import { EngineClient } from "../lib/engine/supervisor/client";
import { loadOnnxRuntime } from "../lib/runtime/onnxruntime";
import type { InferenceRuntime } from "../lib/runtime/types";
import { renderPart } from "../scripts/demo/part";

/** Patches in the bank that frames are scored with. */
export const BANK_ROWS = 8192;
const FRAME = { width: 1280, height: 960 };
const FIRST_PART = 1000;

/** For handlers called in this process. */
export const UNATTENDED: Handling = { onProgress: () => undefined, signal: new AbortController().signal };

/** What all scenarios of a run share: the backbone, how often to measure, frames and a bank. */
export class Setting {
  private rendered = 0;
  private copies = 0;
  private picture: Promise<Buffer> | undefined;
  private built: Promise<{ file: string }> | undefined;
  private loaded: InferenceRuntime | undefined;

  /**
   * @param backbone with the threads that everything is measured with
   * @param rounds measurements of each thing; the median counts
   * @param folder for files of this run, removed after it
   * @param minutes that the memory scenario may stream on a runtime; fewer frames have to do then
   * @param parts that go along the simulated line
   * @param out file that a scenario with a picture draws it to
   */
  constructor(
    readonly backbone: BackboneRequest,
    readonly rounds: number,
    readonly folder: string,
    readonly minutes: number,
    readonly parts: number,
    readonly out?: string,
  ) {}

  /** This process' own onnxruntime, loaded when first wanted. */
  get runtime(): InferenceRuntime {
    this.loaded ??= loadOnnxRuntime();
    return this.loaded;
  }

  /** A picture of another part each time, a JPEG of 1280 x 960. */
  async part(): Promise<Buffer> {
    const part = await renderPart(FIRST_PART + this.rendered++);
    return sharp(part).resize(FRAME).jpeg().toBuffer();
  }

  /** One picture, other bytes each time: the tokens of a frame seen before would be taken from memory. */
  async frame(): Promise<Buffer> {
    this.picture ??= this.part();
    return Buffer.concat([await this.picture, Buffer.from(String(this.copies++))]);
  }

  /** A bank of BANK_ROWS patches of good parts, built once a run, in a process that has ended since. */
  bank(): Promise<{ file: string }> {
    this.built ??= this.buildBank();
    return this.built;
  }

  /** What a flow asks for: score, map and overlay of a fresh frame, by the run's own backbone and bank if nothing else is said. */
  async scoreRequest(backbone = this.backbone, bank?: { file: string }): Promise<RequestInput<"score">> {
    const image = { kind: "encoded" as const, data: await this.frame() };
    return { image, backbone, bank: bank ?? (await this.bank()), map: true, overlay: true };
  }

  private async buildBank(): Promise<{ file: string }> {
    const bank = { file: join(this.folder, "bank.safetensors") };
    const engine = new EngineClient();
    try {
      const build = async (pictures: readonly Buffer[]) => {
        const references = pictures.map((data) => ({ kind: "encoded" as const, data }));
        return engine.call(
          "build",
          requests.build.schema.parse({ bank, backbone: this.backbone, settings: {}, references }),
        );
      };
      const pictures = [await this.part()];
      const { patches } = await build(pictures);
      while (pictures.length * patches < BANK_ROWS) pictures.push(await this.part());
      await build(pictures);
    } finally {
      engine.close();
    }
    const whole = await readBundle(bank.file);
    const rows = Int32Array.from({ length: BANK_ROWS }, (_, row) => row);
    await writeBundle(bank.file, { ...whole, ...pickPatches(whole, whole.metadata.backbone.dimension, rows) });
    return bank;
  }
}
