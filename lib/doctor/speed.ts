import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILT_IN, BUILT_IN_RESOLUTION, isBuiltIn } from "../backbone/built-in/names";
import type { RequestInput } from "../engine/requests";
import { median } from "../median";
import { adviseFor, type CostModel, fitCost, type Measured, predictCost } from "./cost-model";
import type { Patient, Section } from "./section";

/** A common camera's frame. */
const FRAME = { width: 1280, height: 960 };
/** Rows of a bank of eight to sixteen references of the built-in backbone. */
const BANK = 8192;
const RUNS = 3;
/** References of the small bank: a single one is learned in many copies, which takes longer than all that is timed. */
const FEW = 2;
const MANY = 8;

interface Speed {
  backbone: string;
  resolution: number;
  patches: number;
  patchSize: number;
  model: CostModel;
}

/** Times this machine with the backbone, says the frame rate to expect, and what would give a wanted one. */
export async function speed(patient: Patient): Promise<Section> {
  const measured = await measure(patient);
  const milliseconds = predictCost(measured.model, measured.patches, BANK);
  const expected = { milliseconds, rate: 1000 / milliseconds };
  const rows = [
    {
      label: measured.backbone,
      text: `${milliseconds.toFixed(0)} ms a frame of ${FRAME.width} x ${FRAME.height} at ${measured.resolution} px with a bank of ${BANK} patches: ${perSecond(expected.rate)}`,
    },
  ];
  const { rate, smallest } = patient;
  const fine = smallest === undefined ? undefined : await measureFor(smallest, patient);
  if (fine) {
    const text = `${fine.milliseconds.toFixed(0)} ms a frame of ${FRAME.width} x ${FRAME.height} px, ${fine.patches} patches, with a bank of ${FEW} such frames`;
    rows.push({ label: `defects of ${smallest} px`, text });
  }
  if (rate === undefined) return section(rows, { ...measured, bank: BANK, ...expected, ...(fine && { fine }) });
  const advice = await adviceFor(rate, patient, measured, expected.rate);
  rows.push({ label: `for ${rate} a second`, text: advice });
  return section(rows, { ...measured, bank: BANK, ...expected, ...(fine && { fine }), wanted: rate, advice });
}

async function adviceFor(rate: number, patient: Patient, measured: Speed, expected: number): Promise<string> {
  if (expected >= rate) return `it is fast enough as it is${roomOf(rate, measured)}`;
  const better = adviseFor(rate, measured.model, measured, BANK);
  if (better) return `set ${describe(measured.backbone, better)}`;
  if (!isBuiltIn(patient.backbone.model)) {
    const backbone = { ...patient.backbone, model: BUILT_IN, resolution: BUILT_IN_RESOLUTION, description: undefined };
    const builtIn = await measure({ ...patient, backbone });
    const instead = adviseFor(rate, builtIn.model, builtIn, BANK);
    if (instead) return `take ${describe(BUILT_IN, instead)}`;
  }
  return "no setting on this machine reaches that: take a faster one, or an inference server";
}

function describe(backbone: string, { resolution, rows }: { resolution: number; rows: number }): string {
  const bank = Number.isFinite(rows) && rows < 100 * BANK ? ` and a bank of at most ${rows} patches` : "";
  return `${backbone} to ${resolution} px${bank}`;
}

function roomOf(rate: number, { resolution, ...measured }: Speed): string {
  const kept = adviseFor(rate, measured.model, { resolution, ...measured }, BANK);
  return kept && Number.isFinite(kept.rows) && kept.rows < 100 * BANK
    ? `, with a bank of up to ${kept.rows} patches`
    : "";
}

/** Three short runs: as set, at half the resolution, and with a bank four times as large. */
async function measure({ engine, backbone }: Patient): Promise<Speed> {
  const info = await engine.call("describe", { backbone });
  const { resolution, patchSize } = info;
  const run = (at: number, references: number) => timed(engine, { ...backbone, resolution: at }, {}, references);
  const base = await run(resolution, FEW);
  const smaller = await run(Math.max(patchSize, Math.round(resolution / 2 / patchSize) * patchSize), FEW);
  const fuller = await run(resolution, MANY);
  const step = info.size.kind === "fixed" ? resolution : patchSize;
  const model = fitCost(base, smaller, fuller);
  return { backbone: info.id, resolution, patches: base.patches, patchSize: step, model };
}

/** A frame that is looked at for small defects. */
function measureFor(smallest: number, { engine, backbone }: Patient): Promise<Measured> {
  return timed(engine, backbone, { smallest }, FEW);
}

/** Builds a bank of so many references and scores a few frames with it. */
async function timed(
  engine: Patient["engine"],
  backbone: Patient["backbone"],
  settings: RequestInput<"build">["settings"],
  references: number,
): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "golden-sample-doctor-"));
  try {
    const bank = { file: join(folder, "bank.safetensors") };
    let frames = 0;
    const frame = async () => ({ kind: "encoded" as const, data: await picture(frames++) });
    const pictures = await Promise.all(Array.from({ length: references }, frame));
    const { patches: rows } = await engine.call("build", { bank, backbone, settings, references: pictures });
    const times: number[] = [];
    let patches = 0;
    for (let i = 0; i <= RUNS; i++) {
      const image = await frame();
      const start = performance.now();
      const { grid } = await engine.call("score", { image, backbone, bank, overlay: true });
      times.push(performance.now() - start);
      patches = grid.rows * grid.cols;
    }
    // The first one allocates.
    return { patches, rows, milliseconds: median(times.slice(1)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A grey part on a bench; another one each time, for tokens of a frame seen before are taken from memory. */
async function picture(number: number): Promise<Buffer> {
  const { width, height } = FRAME;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const part = Math.abs(x - width / 2) < width / 3 && Math.abs(y - height / 2) < height / 3;
      data.fill((part ? 130 : 40) + ((x * 7 + y * 13 + number * 31) % 24), at, at + 3);
    }
  }
  // Only when it is wanted: Node-RED, which has this file too, loads no pixel library.
  const { toJpeg } = await import("../image/encode.js");
  return toJpeg({ width, height, data });
}

const perSecond = (rate: number) => `${rate < 10 ? rate.toFixed(1) : Math.floor(rate)} frames a second`;

function section(rows: Section["rows"], data: unknown): Section {
  return { name: "speed", title: "Speed", rows, data, advice: [] };
}
