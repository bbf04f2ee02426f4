import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** What the demo was asked to do. */
export interface DemoOptions {
  /** A folder in MVTec layout; absent: parts rendered by the demo. */
  data: string | undefined;
  /** End after the totals and a few parts at the station, also in a terminal. */
  once: boolean;
  frames: number | undefined;
  references: number;
  /** Where overlay pictures of anomalies are written; absent: nowhere. */
  keep: string | undefined;
  /** The line at the station with its handshake alone, as fast as it goes. */
  station: boolean;
  help: boolean;
}

export const USAGE = `npm run demo -- [options]

A camera simulator, an MQTT broker, Node-RED with the example flow, and a PLC: good and bad parts go past. Then the line at
the station: the handshake with a PLC, with faults, and a page that draws its signals as a timing diagram.

  --data DIR         images in MVTec layout (train/good, test/<type>) in place of the rendered parts; no station then
  --references N     good parts the memory bank is built from (8)
  --frames N         inspect at most N frames
  --keep DIR         write the overlay picture of each anomaly there
  --station          the line at the station alone, up to 20 parts a second; --frames N parts, then it ends
  --once             end after the totals and 40 parts at the station; without a terminal this is so anyway
  --help             print this`;

/**
 * Reads the command line.
 * @throws Error in one sentence for wrong usage
 */
export function demoOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: "string" },
      once: { type: "boolean", default: false },
      frames: { type: "string" },
      references: { type: "string", default: "8" },
      keep: { type: "string" },
      station: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return {
    data: values.data === undefined ? undefined : resolve(values.data),
    once: values.once,
    frames: values.frames === undefined ? undefined : count("--frames", values.frames),
    references: count("--references", values.references),
    keep: values.keep === undefined ? undefined : resolve(values.keep),
    station: values.station,
    help: values.help,
  };
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${name} needs a whole number of 1 or more, not "${text}".`);
  return value;
}
