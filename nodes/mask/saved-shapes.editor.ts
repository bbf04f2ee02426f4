import { fromEnvironment, type Validator, words } from "../shared/form.editor";
import type { Corner, Drawn, Kind, Shape } from "./shapes.editor";

/** Regions as flows keep them and as people type them. */

/** As lib/mask/named-region.ts has it. */
export const MOST_NAME = 64;

const isShare = (share: unknown): share is number => typeof share === "number" && share >= 0 && share <= 1;

/** What flows carry: lists, or their JSON where somebody wrote the flow by hand. @returns undefined where it is neither */
function listed(value: unknown): unknown[] | undefined {
  if (value === "" || value === undefined) return [];
  if (Array.isArray(value)) return value;
  try {
    const parsed: unknown = JSON.parse(String(value));
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** @returns undefined where it cannot be used. A polygon may be the list of its corners, as in flows of earlier versions */
function readSaved(kind: Kind, saved: unknown): Drawn | undefined {
  const fields = (Array.isArray(saved) ? { kind: "polygon", corners: saved } : (saved ?? {})) as Record<
    string,
    unknown
  >;
  const shape = readShape(fields);
  const threshold = String(fields.threshold ?? "").trim();
  return shape && { kind, shape, name: String(fields.name ?? "").trim(), threshold };
}

function readShape({ kind, corners, x, y, width, height }: Record<string, unknown>): Shape | undefined {
  if (kind === "polygon") {
    const isCorner = (corner: unknown) => Array.isArray(corner) && corner.length === 2 && corner.every(isShare);
    const isPolygon = Array.isArray(corners) && corners.length >= 3 && corners.every(isCorner);
    return isPolygon ? { kind, corners: corners.map(([cx, cy]): Corner => [cx, cy]) } : undefined;
  }
  if (kind !== "rectangle" && kind !== "ellipse") return undefined;
  if (![x, y, width, height].every(isShare)) return undefined;
  const box = { x, y, width, height } as { x: number; y: number; width: number; height: number };
  const isWithin = box.x + box.width <= 1.0001 && box.y + box.height <= 1.0001;
  return isWithin && box.width > 0 && box.height > 0 ? { kind, ...box } : undefined;
}

/** Those that can be used. */
export function readAll(include: unknown, exclude: unknown): Drawn[] {
  const read = (kind: Kind, value: unknown) => (listed(value) ?? []).flatMap((saved) => readSaved(kind, saved) ?? []);
  return structuredClone([...read("include", include), ...read("exclude", exclude)]);
}

/** A polygon without a name as the list of its corners: earlier versions read it, too. */
function saved({ kind, shape, name, threshold }: Drawn): unknown {
  const named =
    kind === "include" && name !== "" ? { name, ...(threshold !== "" && { threshold: numeric(threshold) }) } : {};
  return shape.kind === "polygon" && Object.keys(named).length === 0 ? shape.corners : { ...shape, ...named };
}

const numeric = (text: string) => (fromEnvironment(text) ? text : Number(text));

export function saveAll(drawn: readonly Drawn[]): Record<Kind, unknown[]> {
  const of = (kind: Kind) => drawn.filter((each) => each.kind === kind).map(saved);
  return { include: of("include"), exclude: of("exclude") };
}

/** The same as when a frame comes: `read-shapes.ts`. */
export function shapesValid(type: string, kind: Kind): Validator {
  return (value, _options) => {
    const list = listed(value);
    const drawn = list?.map((each) => readSaved(kind, each));
    if (!drawn?.every((each) => each !== undefined)) return words(type, "reason.shapes");
    for (const each of drawn) {
      const reason = faultOf(type, each, drawn);
      if (reason !== undefined) return reason;
    }
    return true;
  };
}

/** What is wrong with a region's name or threshold. */
export function faultOf(type: string, { kind, name, threshold }: Drawn, all: readonly Drawn[]): string | undefined {
  if (kind === "exclude") return undefined;
  if (name.length > MOST_NAME) return words(type, "reason.regionName", { most: MOST_NAME });
  if (threshold === "") return undefined;
  if (!fromEnvironment(threshold) && !Number.isFinite(Number(threshold))) return words(type, "reason.regionThreshold");
  if (name === "") return words(type, "reason.nameless");
  const others = all.filter((other) => other.kind === "include" && other.name === name && other.threshold !== "");
  if (others.some((other) => Number(other.threshold) !== Number(threshold)))
    return words(type, "reason.twoThresholds", { name });
  return undefined;
}

/** Corners of a polygon, or x,y and width,height. */
export function shapeToText(shape: Shape): string {
  const pairs =
    shape.kind === "polygon"
      ? shape.corners
      : [
          [shape.x, shape.y],
          [shape.width, shape.height],
        ];
  return pairs.map((pair) => pair.map((share) => Number(share!.toFixed(4))).join(",")).join("  ");
}

/** @returns undefined where the text is no such shape */
export function textToShape(kind: Shape["kind"], text: string): Shape | undefined {
  const numbers = text
    .replace(/[[\]();]/g, " ")
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  if (kind === "polygon") {
    if (numbers.length % 2 === 1) return undefined;
    const corners = numbers.flatMap((x, i) => (i % 2 === 0 ? [[x, numbers[i + 1]!] as Corner] : []));
    return readShape({ kind, corners });
  }
  const [x, y, width, height] = numbers;
  return numbers.length === 4 ? readShape({ kind, x, y, width, height }) : undefined;
}
