import { loadavg } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { startBroker } from "../../scripts/demo/broker";
import { hasMosquitto, startMosquitto } from "../../scripts/demo/mosquitto";
import { StationLine } from "../../scripts/demo/station/station-line";
import { percentile } from "../percentile";
import type { Scenario } from "../scenario";

const SEED = 18;
const PARTS = 400;
/** Milliseconds between two looks at how late this process is. */
const RESOLUTION = 1;
/** Parts until everything that is loaded once has been. */
const WARM_UP = 50;

/** What the handshake, the camera's way over MQTT and the disk add to an inspection, on a line without faults. */
export const jitter: Scenario = {
  name: "jitter",
  about: `trigger to resultValid over bare inference at the station, ${PARTS} parts at up to 20 a second`,
  bars: [{ figure: "p99", what: "ms from trigger to resultValid over inference, 99th percentile", atMost: 10 }],
  run: async () => {
    const isApart = hasMosquitto();
    const running = await StationLine.start({
      seed: SEED,
      station: { deadline: 1000, cameraTimeout: 500, fresh: 3000, plcTimeout: 2000 },
      times: { silent: 2000, patience: 2000, notReady: 500, noAnswer: 5000 },
      cuttable: false,
      broker: isApart ? () => startMosquitto() : startBroker,
    });
    // The camera is this process, and so is the broker where there is no other: how late it is itself is in all figures.
    const late = monitorEventLoopDelay({ resolution: RESOLUTION });
    try {
      late.enable();
      await running.run(PARTS, []);
      const times = running.stopwatch.times.slice(WARM_UP);
      const over = times.map(({ answered, inference }) => answered - inference);
      const sincePlc = times.map((part) => part.sincePlc - part.inference);
      const inference = times.map((part) => part.inference);
      return {
        parts: times.length,
        perSecond: running.pace.perSecond,
        load: loadavg()[0]!,
        broker: isApart ? "mosquitto" : "aedes, in the camera's process",
        ...{
          p50: percentile(over, 0.5),
          p90: percentile(over, 0.9),
          p99: percentile(over, 0.99),
          max: percentile(over, 1),
        },
        ...{ simulatorP99: lateness(late.percentile(99)), simulatorMax: lateness(late.max) },
        ...{ plcP50: percentile(sincePlc, 0.5), plcP99: percentile(sincePlc, 0.99) },
        ...{ inferenceP50: percentile(inference, 0.5), inferenceP99: percentile(inference, 0.99) },
      };
    } finally {
      late.disable();
      await running.close();
    }
  },
};

/** @param nanoseconds from one look to the next @returns milliseconds beyond the time that was meant */
function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION);
}
