import {
  GoldenSampleError,
  isPolygon,
  MOST_NAME,
  type NamedRegion,
  outlineOf,
  type Sentence,
  sentence,
} from "../../lib";
import { number, text } from "../shared/config";

export type Outline = [number, number][];
interface DrawnRegion {
  outline: Outline;
  /** "" where it has none. */
  name: string;
  threshold: number | undefined;
}

const wrong = (what: Sentence) => new GoldenSampleError("BAD_REQUEST", what);

/**
 * Checks regions as the editor or a flow file gives them: a polygon as the list of its corners, as flows of earlier versions
 * have all of them, or `{kind: "polygon", corners}`, `{kind: "rectangle" | "ellipse", x, y, width, height}`, with `name` and
 * `threshold` where it is judged by itself.
 * @param label what the setting is called in the dialog, for the error
 * @returns polygons, x and y as shares of the image's sides, 0..1
 */
export function readShapes(value: readonly unknown[], label: string): DrawnRegion[] {
  return value.map((shape, i) => {
    const what = sentence`[regionOf] Region ${{ number: i + 1 }} of "${{ setting: label }}"`;
    const fields = (Array.isArray(shape) ? { kind: "polygon", corners: shape } : (shape ?? {})) as Record<
      string,
      unknown
    >;
    const name = text(fields.name, "");
    if (name.length > MOST_NAME)
      throw wrong(
        sentence`[regionNameTooLong] ${{ region: what }} has a name of more than ${{ most: MOST_NAME }} characters: shorten it.`,
      );
    const own = text(fields.threshold, "");
    const threshold = own === "" ? undefined : number(own, 0, "Threshold");
    if (threshold !== undefined && name === "")
      throw wrong(
        sentence`[regionNameless] ${{ region: what }} has a threshold and no name: give it a name, by which it is judged, or leave the threshold out.`,
      );
    return { outline: readOutline(fields, what), name, threshold };
  });
}

/**
 * Regions that are judged by themselves; shapes of one name are one region.
 * @throws {GoldenSampleError} BAD_REQUEST where they have different thresholds
 */
export function namedRegions(drawn: readonly DrawnRegion[]): NamedRegion[] {
  const found = new Map<string, NamedRegion>();
  for (const { name, threshold, outline } of drawn) {
    if (name === "") continue;
    const known = found.get(name);
    if (!known) {
      found.set(name, { name, ...(threshold !== undefined && { threshold }), outlines: [outline] });
      continue;
    }
    if (threshold !== undefined && known.threshold !== undefined && known.threshold !== threshold)
      throw wrong(
        sentence`[twoThresholds] The region "${{ region: name }}" has the thresholds ${{ first: known.threshold }} and ${{ second: threshold }}: give it one of them.`,
      );
    known.threshold ??= threshold;
    known.outlines.push(outline);
  }
  return [...found.values()];
}

function readOutline({ kind, corners, x, y, width, height }: Record<string, unknown>, what: Sentence): Outline {
  if (kind === "polygon" && isPolygon(corners)) return corners;
  const box = [x, y, width, height].map((side) => (typeof side === "number" ? side : Number.NaN));
  const [left, top, across, down] = box as [number, number, number, number];
  const lies = (from: number, size: number) => from >= 0 && size > 0 && from + size <= 1 + 1e-9;
  if ((kind === "rectangle" || kind === "ellipse") && lies(left, across) && lies(top, down))
    return outlineOf({ kind, x: left, y: top, width: across, height: down }) as Outline;
  throw wrong(
    sentence`[regionUnusable] ${{ region: what }} cannot be used: write a polygon of at least three points [x, y], or a rectangle or ellipse of {x, y, width, height}, with numbers from 0 to 1.`,
  );
}
