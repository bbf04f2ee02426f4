import { GoldenSampleError, isReading, readSignals, type StationEvent, sentence } from "../../lib";
import type { Message } from "../shared/node-red";

/** What a message tells the station; `undefined`: nothing. */
export function readEvent(message: Message, time: number): StationEvent | undefined {
  const { action, anomaly, error } = message as { action?: unknown; anomaly?: unknown; error?: unknown };
  const given = (message as { station?: unknown }).station;
  const station = typeof given === "object" && given !== null ? (given as Record<string, unknown>) : {};
  const id = typeof station.inspectionId === "number" ? station.inspectionId : undefined;
  // From a Catch node; an error of no part, one of this node among them, changes no inspection.
  if (error !== undefined) return id === undefined ? undefined : { time, type: "failure", id };
  if (action === "halt" || action === "start") return { time, type: action };
  if (anomaly !== undefined && id !== undefined) return readVerdict(anomaly, id, time);
  if (isReading(station)) return { time, type: "signals", signals: readSignals(station) };
  if (id !== undefined) return { time, type: "frame", id };
  const { taken } = station;
  // A wall clock may be set; how long ago it was counts.
  if (typeof taken === "number") return { time, type: "frame", taken: time - Math.max(0, Date.now() - taken) };
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[whoseFrame] Nothing says whose frame this is: send the msg.station of the camera's trigger along with it, or set msg.station.taken to when it was taken (milliseconds, as Date.now() gives them).`,
  );
}

function readVerdict(value: unknown, id: number, time: number): StationEvent {
  const { verdict, over, score, threshold, bank } = value as Record<string, unknown>;
  if (verdict !== "ok" && verdict !== "anomaly" && verdict !== "unlike") {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[noVerdict] msg.anomaly has no verdict: wire the anomaly-threshold node's outputs to the station, not the anomaly-score node's.`,
    );
  }
  return {
    ...{ time, type: "verdict", id, verdict },
    over: over === true,
    score: typeof score === "number" ? score : 0,
    threshold: typeof threshold === "number" ? threshold : 0,
    bank: String((bank as { name?: unknown } | undefined)?.name),
  };
}
