import { type Flaws, NO_FLAWS } from "./flaws";
import { engrave } from "./mark";
import { noise, type Random } from "./random";
import { circle, hexagon, type Point, polyline, roundedBox, segment, smoothstep } from "./shapes";

// The part: a machined aluminium plate with a bored boss, a slot, dowel and bolt holes, a pocket with a connector, four
// cap screws and an engraved mark. Lengths in part units; heights in the same units above the bench.

const HALF_WIDTH = 222;
const HALF_HEIGHT = 152;
const THICKNESS = 16;
const BOSS: Point = { x: -58, y: 6 };
const BOSS_RADIUS = 72;
const BORE_RADIUS = 33;
const SLOT = { from: { x: -96, y: -112 }, to: { x: 96, y: -112 } } as const;
const POCKET: Point = { x: 124, y: 2 };

/** Plain holes: six on the boss, two for dowels, two at the slot. */
export const HOLES: readonly (Point & { readonly radius: number })[] = [
  ...[30, 90, 150, 210, 270, 330].map((degrees) => ({
    x: BOSS.x + 53 * Math.cos((degrees * Math.PI) / 180),
    y: BOSS.y + 53 * Math.sin((degrees * Math.PI) / 180),
    radius: 8,
  })),
  { x: -186, y: 6, radius: 12 },
  { x: 34, y: 62, radius: 10 },
  { x: 34, y: -48, radius: 10 },
];

/** The four cap screws; `missing_screw` leaves the bare hole. */
export const SCREWS: readonly Point[] = [
  { x: -186, y: -116 },
  { x: 166, y: -108 },
  { x: -186, y: 116 },
  { x: 186, y: 116 },
];
const SCREW_RADIUS = 19;
const SCREW_HOLE = 12;

const MARK = engrave("GS-417", -70, 106, 24);

/** What is at one place of the part. Written anew for every pixel, so one object serves all of them. */
export interface Surface {
  /** Where, in part units. */
  x: number;
  y: number;
  /** Signed distance to the plate's outer border. */
  border: number;
  /** Height of the upper surface, also beyond the silhouette (the shading needs a slope there). */
  height: number;
  /** Signed distance to the silhouette, holes included: negative where there is material. */
  outline: number;
  /** Signed distances to the shapes of other materials; negative inside. */
  screw: number;
  plastic: number;
  brass: number;
  fibre: number;
  /** 0..1: bare metal in a scratch or chip, dirt in an engraving, oil. */
  bare: number;
  dirt: number;
  oil: number;
}

/** The plate's outer border alone, with a chip where there is one. */
export function silhouette(x: number, y: number, flaws: Flaws): number {
  let d = roundedBox(x, y, HALF_WIDTH, HALF_HEIGHT, 16);
  // One corner is cut off at 45 degrees, so that the part cannot be laid in the wrong way round.
  d = Math.max(d, (x - y) * Math.SQRT1_2 - 226);
  if (flaws.chip) {
    const { centre, radius, seed } = flaws.chip;
    const near = circle(x, y, centre.x, centre.y, radius);
    if (near < radius) d = Math.max(d, -(near + 0.35 * radius * noise(x / 7, y / 7, seed)));
  }
  return d;
}

/** Fills in `out` for the place (x, y). `screwTurns` are the angles the hexagon sockets stopped at. */
export function surfaceAt(x: number, y: number, flaws: Flaws, screwTurns: readonly number[], out: Surface): void {
  out.screw = out.plastic = out.brass = out.fibre = 1e3;
  out.bare = out.dirt = out.oil = 0;
  out.x = x;
  out.y = y;

  const border = silhouette(x, y, flaws);
  out.border = border;
  if (border > 6) {
    // Bench, and more than half of the picture: only a thread can lie here.
    out.height = THICKNESS;
    out.outline = border;
    if (flaws.fibre) out.fibre = threadDistance(x, y, flaws.fibre);
    return;
  }
  let outline = border;
  let height = THICKNESS - bevel(border, 4, 3);
  if (flaws.chip && border > -6) out.bare = smoothstep(14, 2, chipDistance(x, y, flaws.chip)) * 0.9;

  const slot = segment(x, y, SLOT.from, SLOT.to) - 12;
  outline = Math.max(outline, -slot);
  height -= bevel(-slot, 4, 3);

  const boss = circle(x, y, BOSS.x, BOSS.y, BOSS_RADIUS);
  if (boss < 8) {
    height += 7 * smoothstep(3, -3, boss);
    const bore = boss + BOSS_RADIUS - BORE_RADIUS;
    outline = Math.max(outline, -bore);
    height -= bevel(-bore, 6, 4);
    height -= 1.2 * smoothstep(1.6, 0.4, Math.abs(bore - 7));
  }
  for (let i = 0; i < HOLES.length; i++) {
    const hole = HOLES[i]!;
    const d = circle(x, y, hole.x, hole.y, hole.radius);
    if (d > 5) continue;
    height -= bevel(-d, 3.5, 3);
    if (i === flaws.blindHole) {
      // Where the drill stopped early, its tip left a bright cone.
      height += 3 - 3 * smoothstep(1, -2, d) + 0.55 * d;
      if (d < 0) out.bare = 0.5;
    } else outline = Math.max(outline, -d);
  }

  const pocket = roundedBox(x - POCKET.x, y - POCKET.y, 46, 76, 10);
  if (pocket < 4) height -= 6 * smoothstep(2, -2, pocket) + connector(x - POCKET.x, y - POCKET.y, out);

  if (y > 96 && y < 140) {
    let mark = 1e3;
    for (const stroke of MARK) mark = Math.min(mark, segment(x, y, stroke.from, stroke.to));
    const depth = smoothstep(2.4, 0.6, mark);
    height -= 1.3 * depth;
    out.dirt = depth;
  }
  for (let i = 0; i < SCREWS.length; i++) {
    const px = x - SCREWS[i]!.x;
    const py = y - SCREWS[i]!.y;
    if (px * px + py * py > 900) continue;
    const d = circle(px, py, 0, 0, SCREW_RADIUS);
    height -= 2.5 * smoothstep(7, 4, d);
    if (i === flaws.missingScrew) {
      const hole = circle(px, py, 0, 0, SCREW_HOLE);
      outline = Math.max(outline, -hole);
      height -= bevel(-hole, 4, 3);
    } else {
      out.screw = d;
      const socket = hexagon(px, py, 8.5, screwTurns[i] ?? 0);
      height += 9 * smoothstep(1.5, -3.5, d) - 7 * smoothstep(1, -1.5, socket);
      if (d < 0) out.dirt = Math.max(out.dirt, smoothstep(0.5, -1.5, socket));
    }
  }
  height += flawHeight(x, y, flaws, out);
  out.height = height;
  out.outline = outline;
}

/** A place on the flat face, at least `margin` from the border and not in a hole, bore, slot or pocket. */
export function insideFace(random: Random, margin: number): Point {
  const surface = emptySurface();
  for (let attempt = 0; attempt < 200; attempt++) {
    const x = random.between(margin - HALF_WIDTH, HALF_WIDTH - margin);
    const y = random.between(margin - HALF_HEIGHT, HALF_HEIGHT - margin);
    surfaceAt(x, y, NO_FLAWS, [], surface);
    if (surface.outline < -8 && surface.screw > 4 && surface.plastic > 6) return { x, y };
  }
  return { x: 34, y: 8 };
}

/** A place on the plate's outer border. */
export function silhouetteEdge(random: Random): Point {
  const along = random.between(-0.9, 0.9);
  const side = random.below(4);
  if (side < 2) return { x: along * HALF_WIDTH * 0.8, y: side === 0 ? -HALF_HEIGHT : HALF_HEIGHT };
  return { x: side === 2 ? -HALF_WIDTH : HALF_WIDTH, y: along * HALF_HEIGHT * 0.6 };
}

/** To be filled in. Not zeros: V8 would take the fields for whole numbers, and compile anew as soon as one is not. */
export function emptySurface(): Surface {
  return {
    x: Number.NaN,
    y: Number.NaN,
    border: Number.NaN,
    height: Number.NaN,
    outline: Number.NaN,
    screw: Number.NaN,
    plastic: Number.NaN,
    brass: Number.NaN,
    fibre: Number.NaN,
    bare: Number.NaN,
    dirt: Number.NaN,
    oil: Number.NaN,
  };
}

/** How much a broken edge takes away: nothing deeper inside than `width`, `depth` on the border. */
function bevel(distance: number, width: number, depth: number): number {
  return depth * smoothstep(-width, 1, distance);
}

/** The connector in the pocket: black body, two rows of five pins. Returns what to take off the height (negative: add). */
function connector(x: number, y: number, out: Surface): number {
  const body = roundedBox(x, y, 30, 60, 4);
  out.plastic = body;
  let raised = 10 * smoothstep(1, -2, body);
  const well = roundedBox(x, y, 24, 54, 3);
  raised -= 6 * smoothstep(1, -1.5, well);
  const row = Math.max(-2, Math.min(2, Math.round(y / 20)));
  const pin = roundedBox(Math.abs(x) - 11, y - row * 20, 4, 4, 1);
  out.brass = pin;
  return -(raised + 7 * smoothstep(0.5, -2.5, pin));
}

function chipDistance(x: number, y: number, chip: NonNullable<Flaws["chip"]>): number {
  return Math.abs(circle(x, y, chip.centre.x, chip.centre.y, chip.radius));
}

function threadDistance(x: number, y: number, fibre: NonNullable<Flaws["fibre"]>): number {
  return polyline(x, y, fibre.points).distance - fibre.width / 2;
}

function flawHeight(x: number, y: number, flaws: Flaws, out: Surface): number {
  let change = 0;
  if (flaws.dent) {
    const { centre, radius, depth, squeeze, turn } = flaws.dent;
    const c = Math.cos(turn);
    const s = Math.sin(turn);
    const px = (c * (x - centre.x) + s * (y - centre.y)) / radius;
    const py = (c * (y - centre.y) - s * (x - centre.x)) / (radius * squeeze);
    const r = px * px + py * py;
    // A bowl with a low burr around it, as a hammer or a dropped tool leaves.
    if (r < 6) change += depth * (0.35 * Math.exp(-((r - 1.6) ** 2) * 2) - Math.exp(-r * 1.5));
  }
  if (flaws.scratch) {
    const { distance, along } = polyline(x, y, flaws.scratch.points);
    const width = flaws.scratch.width * (0.35 + 0.65 * Math.sin(Math.PI * Math.min(0.97, along + 0.03)));
    change +=
      flaws.scratch.depth *
      (0.5 * smoothstep(width * 2.4, width * 1.4, distance) - 1.5 * smoothstep(width, 0, distance));
    out.bare = Math.max(out.bare, smoothstep(width, width * 0.3, distance));
  }
  if (flaws.stain) {
    const { centre, radius, darkness, seed } = flaws.stain;
    const d = circle(x, y, centre.x, centre.y, radius);
    if (d < radius * 1.5) {
      const edge = d + 0.45 * radius * noise(x / 13, y / 13, seed) + 0.15 * radius * noise(x / 4, y / 4, seed + 1);
      out.oil = darkness * smoothstep(2.5, -3, edge) * (1 + 0.35 * smoothstep(-6, 0, edge));
    }
  }
  if (flaws.fibre) out.fibre = threadDistance(x, y, flaws.fibre);
  return change;
}
