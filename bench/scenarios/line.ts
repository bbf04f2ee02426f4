import { loadavg } from "node:os";
import { faultSchedule } from "../../scripts/demo/station/faults";
import { StationLine } from "../../scripts/demo/station/station-line";
import type { Scenario } from "../scenario";

/** Parts between two faults, about. */
const EVERY = 40;
const SEED = 18;

/** The station's whole line at full speed, with every fault again and again: does anything pass that must not? */
export const line: Scenario = {
  name: "line",
  about: "the station's simulated line, --parts parts (10000) at up to 20 a second, with seeded faults",
  bars: [
    { figure: "defectivePassed", what: "parts passed that must not", atMost: 0 },
    { figure: "withoutAnswer", what: "parts without a result or a reason", atMost: 0 },
    { figure: "ofAnotherPart", what: "results of another part", atMost: 0 },
  ],
  run: async ({ parts }) => {
    const running = await StationLine.start({
      seed: SEED,
      station: { deadline: 1000, cameraTimeout: 500, fresh: 3000, plcTimeout: 2000 },
      times: { silent: 2000, patience: 2000, notReady: 500, noAnswer: 5000 },
    });
    try {
      const faults = faultSchedule(SEED, parts, EVERY);
      const started = performance.now();
      const { why, codes, complaints, ...counts } = await running.run(parts, faults);
      const milliseconds = performance.now() - started;
      for (const complaint of complaints) console.error(complaint);
      return {
        ...counts,
        faults: faults.length,
        perSecond: (1000 * counts.parts) / milliseconds,
        // How fast the line is, apart from what faults and recoveries take of its time.
        undisturbedPerSecond: running.pace.perSecond,
        undisturbedShare: running.pace.milliseconds / milliseconds,
        ...{ load: loadavg()[0]!, why: JSON.stringify(why), codes: JSON.stringify(codes) },
      };
    } finally {
      await running.close();
    }
  },
};
