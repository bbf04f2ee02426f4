import { rgbaPng } from "../image/encode";
import { anomalyMap, MAP_SIGMA } from "./anomaly-map";

/** A layer is stretched over its picture: more pixels show nothing new, for the map is smooth. */
const LONGER_EDGE = 480;

export interface HeatContent {
  /** float32 [rows * cols], masked patches 0 */
  distances: Float32Array;
  rows: number;
  cols: number;
  /** The patch distance at which colour sets in; at twice this it is full. */
  level: number;
  /** The picture that it is laid over, pixels. */
  width: number;
  height: number;
}

/**
 * The anomaly map alone, to be laid over a picture at any opacity: from yellow where it exceeds the level to red at
 * twice that, transparent elsewhere.
 * @returns PNG with alpha, its longer edge at most 480 px, of the picture's proportions
 */
export async function drawHeat({ distances, rows, cols, level, width, height }: HeatContent): Promise<Buffer> {
  const scale = Math.min(1, LONGER_EDGE / Math.max(width, height));
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  const map = anomalyMap(distances, rows, cols, h, w, MAP_SIGMA * scale, level);
  const out = new Uint8Array(4 * w * h);
  for (let i = 0, at = 0; i < map.length; i++, at += 4) {
    if (!(map[i]! > level)) continue;
    const heat = Math.min(1, map[i]! / level - 1);
    out.set([255, 210 * (1 - heat), 0, 255 * Math.min(1, 0.4 + heat)], at);
  }
  return rgbaPng({ width: w, height: h, data: out });
}
