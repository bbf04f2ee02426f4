import { createHash } from "node:crypto";
import type { BuiltInBackbone } from "./model";
import { FilterGraph } from "./texture-graph";
import { BINOMIAL, edgeKernel, gaussian, lineKernel, outerProduct, spotKernel } from "./texture-kernels";

const PATCH = 16;
/** Halvings of the picture that are looked at: structure of about 2, 4, 8 and 16 px. */
const SCALES = 4;
const ORIENTATIONS = 4;
/** Feature maps are brought to one cell per this many pixels before they are pooled to patches. */
const CELL = 4;
/** Contrast (of 1) that counts as noise. */
const NOISE = 0.04;
/** Of the Gaussian that pools cells to a patch: wider than the patch, so that no place falls between two. */
const POOLING_DEVIATION = 2;
/** Of the derivatives between patches, in patches. */
const CONTEXT_DEVIATION = 1;
/** Brings the tokens to a scale on which `maskThreshold` is a round number. */
const SCALE = 10;

const BRIGHTNESS = [1 / 3, 1 / 3, 1 / 3];
const RED_GREEN = [1 / 2, -1 / 2, 0];
const YELLOW_BLUE = [1 / 4, 1 / 4, -1 / 2];

/**
 * A backbone of formulas: oriented energy at four scales (Gaussian derivatives in quadrature; Freeman and Adelson
 * 1991), compressed by a square root, with brightness and two opponent colours; pooled to patches; and of all these
 * maps the first derivatives and the Laplacian between patches, which say where in a shape a patch lies, so that a
 * missing limb shows in what is left. In the line of wavelet scattering (Bruna and Mallat 2013), two orders deep.
 *
 * Nothing is trained or downloaded, and the bytes are the same on every machine and run.
 */
export function textureBackbone(): BuiltInBackbone {
  const graph = new FilterGraph();
  const { maps, channels } = firstOrder(graph);
  const patches = poolToPatches(graph, maps, channels);
  const tokens = graph.apply("Concat", [patches, context(graph, patches, channels)], { axis: 1 });
  const scaled = graph.apply("Mul", [tokens, graph.numbers([SCALE])]);
  const dimension = channels * 4;
  const model = graph.write(scaled, dimension);
  return {
    model,
    sha256: createHash("sha256").update(model).digest("hex"),
    output: { name: "patch_tokens", kind: "tokens", leadingTokens: 0, trailingTokens: 0, patchSize: PATCH, dimension },
    mean: [0, 0, 0],
    standardDeviation: [1, 1, 1],
    maskThreshold: 2,
    // Without that, colour would drown the fine structure.
    whiten: true,
    precision: "fp32",
  };
}

/** Colour and oriented energy on one grid of cells. */
function firstOrder(graph: FilterGraph): { maps: string; channels: number } {
  const mix = (weights: number[][]) =>
    graph.convolve("pixel_values", { filters: weights.map((row) => row.map((w) => [w])), size: 1 });
  const maps = [graph.averagePool(mix([BRIGHTNESS, RED_GREEN, YELLOW_BLUE]), CELL)];
  let picture = mix([BRIGHTNESS]);
  for (let scale = 0; scale < SCALES; scale++) {
    if (scale > 0) picture = graph.convolve(picture, { filters: [[BINOMIAL]], size: 5, stride: 2 });
    maps.push(toCells(graph, orientedEnergy(graph, picture), 2 ** scale));
  }
  return { maps: graph.apply("Concat", maps, { axis: 1 }), channels: 3 + SCALES * ORIENTATIONS };
}

/** sqrt of the local amplitude in each orientation: edge and line filter are a quadrature pair. */
function orientedEnergy(graph: FilterGraph, picture: string): string {
  const angles = Array.from({ length: ORIENTATIONS }, (_, i) => (Math.PI * i) / ORIENTATIONS);
  const squared = (kernel: typeof edgeKernel) => {
    const filters = angles.map((angle) => [kernel(3, 1, angle)]);
    const response = graph.convolve(picture, { filters, size: 7 });
    return graph.apply("Mul", [response, response]);
  };
  const energy = graph.apply("Add", [squared(edgeKernel), squared(lineKernel)]);
  const floored = graph.apply("Add", [energy, graph.numbers([NOISE ** 2])]);
  return graph.apply("Sqrt", [graph.apply("Sqrt", [floored])]);
}

/** @param pixels of the image that one value of `map` stands for along a side */
function toCells(graph: FilterGraph, map: string, pixels: number): string {
  if (pixels <= CELL) return graph.averagePool(map, CELL / pixels);
  const factor = pixels / CELL;
  return graph.apply("Resize", [map, "", graph.numbers([1, 1, factor, factor])], { mode: "linear" });
}

function poolToPatches(graph: FilterGraph, maps: string, channels: number): string {
  const size = 10;
  const kernel = outerProduct(gaussian(size, POOLING_DEVIATION));
  const filters = Array.from({ length: channels }, () => [kernel]);
  return graph.convolve(maps, { filters, size, stride: PATCH / CELL, groups: channels });
}

/** Derivatives of every map in x and y, and how it differs from all around. */
function context(graph: FilterGraph, patches: string, channels: number): string {
  const radius = 2;
  const kernels = [
    edgeKernel(radius, CONTEXT_DEVIATION, 0),
    edgeKernel(radius, CONTEXT_DEVIATION, Math.PI / 2),
    spotKernel(radius, CONTEXT_DEVIATION),
  ];
  const filters = Array.from({ length: channels }, () => kernels.map((kernel) => [kernel])).flat();
  return graph.convolve(patches, { filters, size: 2 * radius + 1, groups: channels });
}
