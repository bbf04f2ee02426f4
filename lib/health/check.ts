import type { BankHealth, HealthRows } from "../bank/memory-bank";
import { type Sentence, saidOf, sentence } from "../sentence";
import { findDisplacement, layoutDistance } from "./displacement";
import { logMeasures } from "./learn";
import { type FrameMeasures, tokenDistance } from "./measure-frame";
import { LAYOUT } from "./picture";

/** What is wrong with a frame as a whole. */
export type Unlikeness = "dark" | "bright" | "flat" | "blurred" | "moved" | "unlike" | "masked";

/** Whether a frame is one that a verdict on the part can be made from. */
export interface FrameHealth {
  state: "ok" | "unlike";
  /** Absent where it is ok. */
  cause?: Unlikeness;
  /** One sentence for the user; empty where it is ok. */
  reason: string;
  /** What other languages make the reason from. */
  sentence?: Sentence;
  /**
   * Factors against the references (1 is alike), distances, and the share of patches over the level. Absent only of a
   * masked frame where the bank knows nothing of its references as a whole.
   */
  measures?: {
    brightness: number;
    contrast: number;
    sharpness: number;
    token: number;
    layout: number;
    unusual: number;
  };
}

/**
 * A frame of which its mask leaves nothing to look at, or next to nothing: whatever its score is, the part was not seen.
 * @param share of the frame that the mask keeps, 0..1
 * @param measures where they are known
 */
export function maskedHealth(share: number, measures?: FrameHealth["measures"]): FrameHealth {
  const percent = Number((100 * share).toPrecision(2));
  return {
    state: "unlike",
    cause: "masked",
    ...saidOf(
      sentence`[maskLeavesLittle] The mask leaves ${{ percent }} % of the frame to look at, too little for a verdict: check the mask's regions and foreground, and that a part is in view.`,
    ),
    ...(measures && { measures }),
  };
}

/** Deviations over the median that are still ordinary. */
const DEVIATIONS = 4.5;
/**
 * How far a measure may always be off: a defect may darken a part or cover it, and eight references that happen to be
 * alike to a hair must not make every lamp's ageing an alarm. Differences of logarithms: 0.35 is a factor of 1.4.
 */
const TOLERATED = { brightness: 0.35, contrast: 0.8, sharpness: 0.08 };
/** Times the farthest reference, and the least, from which a mean token or a layout is that of another scene. */
const FOREIGN = { token: { times: 12, least: 0.15 }, layout: { times: 3, least: 0.8 } };
/** Where the layout is foreign, this much of the token is enough. */
const SUPPORTING = { times: 3, least: 0.02 };
/** Share of patches over the level that no defect of a part that is in its place has. */
const UNUSUAL = { times: 3, least: 0.6 };
/** Of the layout: from where a displacement is looked for, and how well it must explain the difference. */
const DISPLACED = { times: 1.3, least: 0.12, explained: 0.5 };
/** Cells of the layout that a part may lie off its place. */
const PLAY = 1;

/**
 * Compares a frame as a whole with the references. A defect changes a few patches; a dead lamp, a moved or blurred
 * camera, an empty place or another product change nearly all, and then a score says nothing about the part.
 * @param unusual share of the looked-at patches over the level, 0..1
 */
export function checkHealth(health: BankHealth, rows: HealthRows, frame: FrameMeasures, unusual: number): FrameHealth {
  const log = logMeasures(frame);
  // Few references show little of what is ordinary.
  const caution = 1 + 2 / Math.max(1, health.frames);
  const off = (key: keyof typeof log) => log[key] - health[key].middle;
  const allowed = (key: keyof typeof log) => Math.max(TOLERATED[key], DEVIATIONS * caution * health[key].spread);
  const over = (value: number, farthest: number, { times, least }: { times: number; least: number }) =>
    value > Math.max(least, times * farthest * caution ** 0.5);
  const token = nearest(rows.tokens, frame.token.length, (row) => tokenDistance(frame.token, row));
  const layout = nearest(rows.layouts, LAYOUT * LAYOUT, (row) => layoutDistance(frame.layout, row));
  const measures = {
    brightness: Math.exp(off("brightness")),
    contrast: Math.exp(off("contrast")),
    sharpness: Math.exp(off("sharpness")),
    token: token.distance,
    layout: layout.distance,
    unusual,
  };
  const unlike = (cause: Unlikeness, said: Sentence): FrameHealth => ({
    state: "unlike",
    cause,
    ...saidOf(said),
    measures,
  });

  if (off("brightness") < -allowed("brightness"))
    return unlike(
      "dark",
      sentence`[frameDark] The frame is much darker than the references: check the lamp, the exposure and the lens cap.`,
    );
  if (off("brightness") > allowed("brightness"))
    return unlike(
      "bright",
      sentence`[frameBright] The frame is much brighter than the references: check the lamp, the exposure and stray light.`,
    );
  if (off("contrast") < -allowed("contrast"))
    return unlike(
      "flat",
      sentence`[frameFlat] The frame has hardly any contrast: check that something is in view and the exposure.`,
    );
  if (off("sharpness") < -allowed("sharpness"))
    return unlike(
      "blurred",
      sentence`[frameBlurred] The frame is much less sharp than the references: check the focus, and clean the lens.`,
    );
  if (over(layout.distance, health.layout, DISPLACED)) {
    const { x, y, distance } = findDisplacement(frame.layout, layout.row);
    const cells = Math.max(Math.abs(x), Math.abs(y)) * LAYOUT;
    if (cells > PLAY + 0.5 && distance < Math.max(DISPLACED.explained * layout.distance, health.layout))
      return unlike(
        "moved",
        sentence`[frameMoved] What the frame shows lies off its place by about ${{ percent: Math.round((100 * cells) / LAYOUT) }} % of the picture: check the camera's mount and how the part lies.`,
      );
  }
  const foreign =
    over(layout.distance, health.layout, FOREIGN.layout) && over(token.distance, health.token, SUPPORTING);
  if (foreign || over(token.distance, health.token, FOREIGN.token) || over(unusual, health.unusual, UNUSUAL))
    return unlike(
      "unlike",
      sentence`[frameUnlike] The frame is unlike all references as a whole: check that a part is in view, and that it is the product of this bank.`,
    );
  return { state: "ok", reason: "", measures };
}

function nearest(rows: Float32Array, width: number, distanceTo: (row: Float32Array) => number) {
  let best = { distance: Number.POSITIVE_INFINITY, row: rows.subarray(0, width) };
  for (let start = 0; start < rows.length; start += width) {
    const row = rows.subarray(start, start + width);
    const distance = distanceTo(row);
    if (distance < best.distance) best = { distance, row };
  }
  return best;
}
