import { type Sentence, saidOf, sentence } from "../sentence";
import { coverage, type GridMask } from "./grid-mask";
import { close, dilate } from "./morphology";

/** The centre crop that decides the component's sign leaves out this share on every side. */
const BORDER = 0.2;
/** A centre kept to no more than this share means that the background was taken for the part. */
const CENTRE_KEPT = 0.35;

/** Of the threshold: a component that varies less is rounding, not a part before a background. */
const LEAST_SPREAD = 1e-3;

/**
 * Whether an image's first component can tell a part from its background: patches that are all alike (a uniform frame)
 * and tokens that are no numbers have none that could.
 * @param component float32 [rows * cols], see `foregroundMask`
 */
export function hasForeground(component: Float32Array, threshold: number): boolean {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of component) {
    if (!Number.isFinite(value)) return false;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return most - least > LEAST_SPREAD * threshold;
}

/**
 * AnomalyDINO's foreground mask: patches whose first principal component exceeds the threshold; if that keeps too
 * little of the centre, those whose negative does; dilated and closed. Without a component that tells a part from its
 * background (`hasForeground`) all of the image is looked at.
 * @param component float32 [rows * cols], centred first principal component of one image's raw tokens
 */
export function foregroundMask(component: Float32Array, rows: number, cols: number, threshold: number): GridMask {
  if (!hasForeground(component, threshold)) return { rows, cols, data: new Uint8Array(rows * cols).fill(1) };
  return { rows, cols, data: close(dilate(rawForeground(component, rows, cols, threshold).data)) };
}

function rawForeground(component: Float32Array, rows: number, cols: number, threshold: number): GridMask {
  const above = (sign: number): GridMask => ({
    rows,
    cols,
    data: Uint8Array.from(component, (value) => (sign * value > threshold ? 1 : 0)),
  });
  const mask = above(1);
  return centreCoverage(mask) <= CENTRE_KEPT ? above(-1) : mask;
}

function centreCoverage({ rows, cols, data }: GridMask): number {
  const inner = (size: number) => [Math.trunc(size * BORDER), Math.trunc(size * (1 - BORDER))] as const;
  const [top, bottom] = inner(rows);
  const [left, right] = inner(cols);
  const centre: number[] = [];
  for (let row = top; row < bottom; row++) centre.push(...data.subarray(row * cols + left, row * cols + right));
  return centre.reduce((sum, value) => sum + value, 0) / Math.max(1, centre.length);
}

/** As somebody has set it. */
export const maskingSet = (applied: boolean): MaskDecision => ({
  applied,
  ...saidOf(applied ? sentence`[maskSetOn] masking on: set so` : sentence`[maskSetOff] masking off: set so`),
});

/** Whether masking is used, and why, in words for the user. */
export interface MaskDecision {
  applied: boolean;
  reason: string;
  /** What other languages make the reason from. */
  sentence?: Sentence | undefined;
}

/**
 * The masking test. The paper looks at the mask of the first reference and uses masking where it separates the part
 * from the background, which it does not for textures and frame-filling parts (figure 2 and its discussion). This puts the
 * same question in numbers: a part in the middle that is kept, and a border that mostly is background.
 * @param component first principal component of the first reference's raw tokens
 */
export function maskingTest(component: Float32Array, rows: number, cols: number, threshold: number): MaskDecision {
  const mask = foregroundMask(component, rows, cols, threshold);
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const [whole, centre, border] = [coverage(mask), centreCoverage(mask), borderCoverage(mask)];
  const off = (said: Sentence) => ({ applied: false, ...saidOf(said) });
  if (centre <= CENTRE_KEPT)
    return off(
      sentence`[maskCentre] masking off: the mask of the first reference keeps only ${{ share: percent(centre) }} of its centre`,
    );
  if (whole > 0.9)
    return off(
      sentence`[maskFilled] masking off: the part or texture fills ${{ share: percent(whole) }} of the first reference`,
    );
  if (border > 0.5)
    return off(
      sentence`[maskBorder] masking off: ${{ share: percent(border) }} of the first reference's border counts as part`,
    );
  const said = sentence`[maskSeparates] masking on: the mask of the first reference keeps ${{ share: percent(whole) }} of it and leaves its border out`;
  return { applied: true, ...saidOf(said) };
}

function borderCoverage({ rows, cols, data }: GridMask): number {
  let kept = 0;
  let count = 0;
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      if (row > 0 && col > 0 && row < rows - 1 && col < cols - 1) continue;
      kept += data[row * cols + col]!;
      count++;
    }
  }
  return kept / count;
}
