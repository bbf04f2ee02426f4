import { drawFlaws } from "./defects";
import { type Defect, type Flaws, NO_FLAWS } from "./flaws";
import { emptySurface, SCREWS, type Surface, silhouette, surfaceAt } from "./geometry";
import { createRandom, noise, type Random } from "./random";
import { coverage, smoothstep } from "./shapes";

export const WIDTH = 640;
export const HEIGHT = 480;

type Colour = Float64Array;
const ALUMINIUM: Colour = Float64Array.of(0.6, 0.61, 0.62);
const STEEL: Colour = Float64Array.of(0.3, 0.3, 0.31);
const PLASTIC: Colour = Float64Array.of(0.05, 0.05, 0.055);
const BRASS: Colour = Float64Array.of(0.72, 0.52, 0.2);
const DIRT: Colour = Float64Array.of(0.12, 0.12, 0.12);
const BARE: Colour = Float64Array.of(0.86, 0.86, 0.85);
const OIL: Colour = Float64Array.of(0.2, 0.13, 0.06);
const BENCH: Colour = Float64Array.of(0.075, 0.1, 0.115);

/** What differs from one good part, or one frame of it, to the next. */
interface Scene {
  shiftX: number;
  shiftY: number;
  turn: number;
  scale: number;
  lightX: number;
  lightY: number;
  gain: number;
  warmth: number;
  vignette: number;
  grain: number;
  screwTurns: number[];
  partSeed: number;
  dustSeed: number;
}

/** The camera's fixed view of the bench: the same bench lies under every part. */
const BENCH_SEED = 71;
/** 0 where it was not looked at yet. */
const MAT = new Float64Array(WIDTH * HEIGHT);

/** Pixels of one part in front of the camera: RGB, 8 bit, 640 x 480. Good where `defect` is not given. */
export function renderPixels(seed: number, defect?: Defect): Buffer {
  const random = createRandom(seed);
  const scene = drawScene(random);
  const flaws = defect ? drawFlaws(defect, createRandom(random.seed())) : NO_FLAWS;
  const light = shade(scene, flaws);
  return expose(light, scene, random);
}

function drawScene(random: Random): Scene {
  return {
    shiftX: random.between(-4, 4),
    shiftY: random.between(-4, 4),
    turn: (random.between(-1.6, 1.6) * Math.PI) / 180,
    scale: random.between(0.992, 1.008),
    lightX: -260 + random.between(-45, 45),
    lightY: -300 + random.between(-45, 45),
    gain: random.between(0.93, 1.07),
    warmth: random.between(-0.02, 0.02),
    vignette: random.between(0.16, 0.26),
    grain: random.between(0.8, 1.2),
    screwTurns: SCREWS.map(() => random.between(0, Math.PI / 3)),
    partSeed: random.seed(),
    dustSeed: random.seed(),
  };
}

/** Linear light, three values a pixel. */
function shade(scene: Scene, flaws: Flaws): Float32Array {
  const light = new Float32Array(WIDTH * HEIGHT * 3);
  const heights = new Float32Array(WIDTH * HEIGHT);
  // A slope needs the heights of the row below: surfaces are looked up one row ahead.
  const rows = [0, 1].map(() => Array.from({ length: WIDTH }, emptySurface));
  surveyRow(0, scene, flaws, rows[0]!, heights);
  for (let row = 0; row < HEIGHT; row++) {
    if (row + 1 < HEIGHT) surveyRow(row + 1, scene, flaws, rows[(row + 1) % 2]!, heights);
    shadeRow(row, scene, flaws, rows[row % 2]!, heights, light);
  }
  return light;
}

/** Looks up what lies at each pixel of a row, and how high. */
function surveyRow(row: number, scene: Scene, flaws: Flaws, surfaces: Surface[], heights: Float32Array): void {
  const cos = Math.cos(scene.turn) / scene.scale;
  const sin = Math.sin(scene.turn) / scene.scale;
  const y = row - HEIGHT / 2 - scene.shiftY;
  for (let column = 0; column < WIDTH; column++) {
    const x = column - WIDTH / 2 - scene.shiftX;
    const surface = surfaces[column]!;
    surfaceAt(cos * x + sin * y, cos * y - sin * x, flaws, scene.screwTurns, surface);
    if (surface.outline > 6) continue;
    const brush =
      noise(surface.x / 46, surface.y * 0.9, scene.partSeed) * 0.6 +
      noise(surface.x / 11, surface.y * 0.55, scene.partSeed + 1) * 0.4;
    heights[row * WIDTH + column] = surface.height + brush * 0.11 * scene.grain * (1 - coverage(surface.plastic));
  }
}

function shadeRow(
  row: number,
  scene: Scene,
  flaws: Flaws,
  surfaces: readonly Surface[],
  heights: Float32Array,
  light: Float32Array,
): void {
  const colour = new Float64Array(3);
  const metal: Material = { colour: new Float64Array(3), gloss: Number.NaN, metallic: true };
  for (let column = 0; column < WIDTH; column++) {
    const surface = surfaces[column]!;
    const { x, y } = surface;
    const at = row * WIDTH + column;
    const solid = coverage(surface.outline);
    const falloff = lamp(column, row, scene);
    if (solid < 1) {
      // Bench: a rubber mat, in the part's shadow where the light does not reach.
      const mat = matAt(column, row);
      const towards = silhouette(x - 9, y - 10, flaws);
      const shadow = 1 - 0.62 * smoothstep(12, -10, towards);
      const deep = surface.outline > 0 && surface.border < 0 ? 0.35 : 1;
      for (let c = 0; c < 3; c++) colour[c] = BENCH[c]! * mat * shadow * deep * falloff;
    } else for (let c = 0; c < 3; c++) colour[c] = 0;

    if (solid > 0) {
      const left = heights[at - (column > 0 ? 1 : 0)]!;
      const right = heights[at + (column < WIDTH - 1 ? 1 : 0)]!;
      const up = heights[at - (row > 0 ? WIDTH : 0)]!;
      const down = heights[at + (row < HEIGHT - 1 ? WIDTH : 0)]!;
      const slopeX = (right - left) / 2;
      const slopeY = (down - up) / 2;
      look(surface, flaws, metal);
      const lit = reflect(slopeX, slopeY, column, row, scene, metal.gloss);
      const patina =
        1 +
        0.04 * noise(x / 60, y / 50, scene.partSeed + 2) +
        0.05 * scene.grain * noise(x / 23, y * 0.8, scene.partSeed + 3);
      for (let c = 0; c < 3; c++) {
        const value =
          metal.colour[c]! * lit.diffuse * patina + lit.glare * (metal.metallic ? metal.colour[c]! * 1.5 : 1);
        colour[c] = colour[c]! * (1 - solid) + value * falloff * solid;
      }
    }
    if (flaws.fibre) {
      const thread = coverage(surface.fibre);
      const under = smoothstep(4, -1, surface.fibre);
      for (let c = 0; c < 3; c++) {
        colour[c] = colour[c]! * (1 - 0.35 * under) * (1 - thread) + flaws.fibre.colour[c]! * 0.9 * falloff * thread;
      }
    }
    for (let c = 0; c < 3; c++) light[at * 3 + c] = colour[c]!;
  }
}

/** Texture of the rubber mat, remembered: it is the same under every part. */
function matAt(column: number, row: number): number {
  const at = row * WIDTH + column;
  if (MAT[at] === 0)
    MAT[at] =
      1 + 0.1 * noise(column / 2.1, row / 2.1, BENCH_SEED) + 0.09 * noise(column / 17, row / 13, BENCH_SEED + 1);
  return MAT[at]!;
}

/** Brightness of the lamp's cone at a pixel: a little more on the lamp's side. */
function lamp(column: number, row: number, scene: Scene): number {
  const dx = (column - WIDTH / 2 - scene.lightX) / 1500;
  const dy = (row - HEIGHT / 2 - scene.lightY) / 1500;
  return 1.1 / (1 + dx * dx + dy * dy);
}

function reflect(slopeX: number, slopeY: number, column: number, row: number, scene: Scene, gloss: number) {
  const norm = 1 / Math.sqrt(slopeX * slopeX + slopeY * slopeY + 1);
  let lx = scene.lightX - (column - WIDTH / 2);
  let ly = scene.lightY - (row - HEIGHT / 2);
  let lz = 520;
  const length = 1 / Math.sqrt(lx * lx + ly * ly + lz * lz);
  lx *= length;
  ly *= length;
  lz *= length;
  const lambert = Math.max(0, (-slopeX * lx - slopeY * ly + lz) * norm);
  // Half vector between lamp and camera (which looks straight down).
  const half = 1 / Math.sqrt(lx * lx + ly * ly + (lz + 1) * (lz + 1));
  const facing = Math.max(0, (-slopeX * lx - slopeY * ly + lz + 1) * norm * half);
  return { diffuse: 0.3 + 0.78 * lambert, glare: gloss * facing ** 24 };
}

/** What the part is made of at one place. Written anew for every pixel, as a surface is. */
interface Material {
  readonly colour: Float64Array;
  gloss: number;
  metallic: boolean;
}

function look(surface: Surface, flaws: Flaws, out: Material): void {
  for (let c = 0; c < 3; c++) out.colour[c] = ALUMINIUM[c]!;
  out.gloss = 0.2;
  out.metallic = true;
  if (surface.screw < 1) {
    mix(out.colour, STEEL, coverage(surface.screw));
    out.gloss = 0.3;
  }
  if (surface.plastic < 0.5) {
    mix(out.colour, PLASTIC, coverage(surface.plastic));
    out.gloss = 0.04;
    out.metallic = false;
    if (surface.brass < 0.5) {
      mix(out.colour, BRASS, coverage(surface.brass));
      out.gloss = 0.5;
      out.metallic = true;
    }
  }
  if (surface.dirt > 0) mix(out.colour, DIRT, 0.6 * surface.dirt);
  if (surface.bare > 0) mix(out.colour, BARE, 0.75 * surface.bare);
  if (flaws.stain && surface.oil > 0) {
    mix(out.colour, OIL, surface.oil);
    out.gloss += 0.25 * surface.oil;
  }
}

function mix(colour: Float64Array, other: Colour, amount: number): void {
  for (let c = 0; c < 3; c++) colour[c] = colour[c]! + (other[c]! - colour[c]!) * amount;
}

/** Lens and sensor: vignetting, exposure, white balance, a soft lens, tone curve, shot and read noise. */
function expose(light: Float32Array, scene: Scene, random: Random): Buffer {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
  const balance = Float64Array.of(1 + scene.warmth, 1, 1 - scene.warmth);
  const noises = new Float32Array(1 << 15);
  for (let i = 0; i < noises.length; i++) noises[i] = random.normal();
  for (let row = 0; row < HEIGHT; row++) {
    // Drawing each pixel's noise anew would cost more than all the rest; another start for each row is as good.
    exposeRow(row, light, scene, balance, noises, random.below(noises.length), pixels);
  }
  return pixels;
}

/** A function of its own: compiled once for all parts, where a loop that calls what one part's `random` is would not be. */
function exposeRow(
  row: number,
  light: Float32Array,
  scene: Scene,
  balance: Float64Array,
  noises: Float32Array,
  firstNoise: number,
  pixels: Buffer,
): void {
  const stride = WIDTH * 3;
  const above = row > 0 ? stride : 0;
  const below = row < HEIGHT - 1 ? stride : 0;
  const dy = (row - HEIGHT / 2) / (WIDTH / 2);
  let next = firstNoise;
  for (let column = 0, at = row * stride; column < WIDTH; column++) {
    const dx = (column - WIDTH / 2) / (WIDTH / 2);
    const gain = scene.gain * (1 - scene.vignette * (dx * dx + dy * dy));
    const before = column > 0 ? 3 : 0;
    const after = column < WIDTH - 1 ? 3 : 0;
    for (let c = 0; c < 3; c++, at++) {
      const side = light[at - before]! + light[at + after]!;
      const across = light[at - above]! + light[at + below]!;
      const soft = light[at]! * 0.5 + (side + across) * 0.125;
      const tone = Math.min(TONES - 1, Math.round(Math.max(0, soft * gain * balance[c]!) * TONES_PER_UNIT));
      next = next + 1 < noises.length ? next + 1 : 0;
      pixels[at] = Math.max(0, Math.min(255, Math.round(CURVE[tone]! + noises[next]! * GRAIN[tone]!)));
    }
  }
}

const TONES = 1 << 14;
const TONES_PER_UNIT = TONES / 2;
/** From linear light 0..2 to the camera's 0..255, and how much a pixel so bright is off. */
const CURVE = Float32Array.from({ length: TONES }, (_, i) => 255 * ((0.74 * i) / TONES_PER_UNIT) ** (1 / 2.2));
const GRAIN = Float64Array.from(CURVE, (tone) => 1.5 + 0.012 * tone);
