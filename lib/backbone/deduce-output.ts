import type { Tensor } from "../runtime/types";
import type { BackboneOutput, OutputOverrides } from "./description";

/** One blank run of the model: the picture's sides in pixels and what came out. */
export interface ProbeRun {
  height: number;
  width: number;
  outputs: Readonly<Record<string, Tensor>>;
}

/** Class and register tokens of published models are at most five; more makes a patch size ambiguous at a fixed size. */
const MOST_EXTRA = 8;

/**
 * What an output is, from the shapes it has in one run (fixed size) or two (square, and twice as wide).
 *
 * With p the patch size and r the class and register tokens, h x w pixels give r + h w / p^2 tokens: two sizes, two
 * unknowns. One size leaves a choice: the patch size that divides both sides and leaves the fewest other tokens.
 * A feature map is told by its sides: they grow with the picture's.
 * @returns undefined where it is neither, or not what `said` says
 */
export function deduceOutput(
  said: OutputOverrides & { patchSize?: number | undefined },
  runs: readonly ProbeRun[],
  inputLayout: "NCHW" | "NHWC",
): BackboneOutput | undefined {
  const shapes = runs.map(({ outputs }) => outputs[said.name]!.dims);
  if (shapes.some((dims) => dims[0] !== 1 || dims.some((dim) => dim < 1))) return undefined;
  const found = shapes[0]!.length === 3 ? tokens(said, runs, shapes) : map(said, runs, shapes, inputLayout);
  if (!found || (said.kind !== undefined && said.kind !== found.kind)) return undefined;
  if (said.dimension !== undefined && said.dimension !== found.dimension) return undefined;
  return said.patchSize === undefined || said.patchSize === found.patchSize ? found : undefined;
}

type Shapes = readonly (readonly number[])[];

function tokens(said: OutputOverrides, runs: readonly ProbeRun[], shapes: Shapes): BackboneOutput | undefined {
  const [first, second] = runs as [ProbeRun, ProbeRun?];
  const [, total = 0, dimension = 0] = shapes[0]!;
  let patchSize: number | undefined;
  if (second) {
    const more = shapes[1]![1]! - total;
    if (more <= 0 || shapes[1]![2] !== dimension) return undefined;
    patchSize = Math.sqrt((first.height * (second.width - first.width)) / more);
  } else patchSize = said.patchSize ?? likelyPatch(first, total);
  if (patchSize === undefined || !Number.isInteger(patchSize)) return undefined;
  const extra = total - (first.height / patchSize) * (first.width / patchSize);
  const leadingTokens = said.leadingTokens ?? extra - (said.trailingTokens ?? 0);
  const trailingTokens = said.trailingTokens ?? extra - leadingTokens;
  const adds = leadingTokens >= 0 && trailingTokens >= 0 && leadingTokens + trailingTokens === extra;
  if (!adds || !Number.isInteger(extra)) return undefined;
  return { name: said.name, kind: "tokens", leadingTokens, trailingTokens, patchSize, dimension };
}

function likelyPatch({ height, width }: ProbeRun, total: number): number | undefined {
  let best: { patch: number; extra: number } | undefined;
  for (let patch = 4; patch <= 64; patch++) {
    if (height % patch !== 0 || width % patch !== 0) continue;
    const extra = total - (height / patch) * (width / patch);
    if (extra >= 0 && extra <= MOST_EXTRA && extra < (best?.extra ?? Number.POSITIVE_INFINITY)) best = { patch, extra };
  }
  return best?.patch;
}

function map(
  said: OutputOverrides,
  runs: readonly ProbeRun[],
  shapes: Shapes,
  inputLayout: "NCHW" | "NHWC",
): BackboneOutput | undefined {
  if (shapes.some((dims) => dims.length !== 4)) return undefined;
  const layouts = said.layout ? [said.layout] : inputLayout === "NCHW" ? NCHW_FIRST : NHWC_FIRST;
  for (const layout of layouts) {
    const grids = shapes.map(([, a, b, c]) => (layout === "NCHW" ? [a!, b!, c!] : [c!, a!, b!]));
    const patchSize = stride(runs, grids);
    const [dimension] = grids[0]!;
    if (patchSize !== undefined) return { name: said.name, kind: "map", layout, patchSize, dimension: dimension! };
  }
  return undefined;
}

const NCHW_FIRST = ["NCHW", "NHWC"] as const;
const NHWC_FIRST = ["NHWC", "NCHW"] as const;

/** Pixels from cell to cell. A map as fine as the picture is a segmentation, one of a single cell a pooled vector. */
function stride([first, second]: readonly ProbeRun[], grids: readonly number[][]): number | undefined {
  const [channels, rows = 0, cols = 0] = grids[0]!;
  if (!first || rows * cols < 2) return undefined;
  let pixels = first.width / cols;
  if (second) {
    const [moreChannels, sameRows, moreCols = 0] = grids[1]!;
    if (moreChannels !== channels || sameRows !== rows || rows !== cols || moreCols <= cols) return undefined;
    // Unpadded convolutions lose cells at the edge, the same at every size.
    pixels = (second.width - first.width) / (moreCols - cols);
  } else if (first.height / rows !== pixels) return undefined;
  return Number.isInteger(pixels) && pixels >= 2 ? pixels : undefined;
}
