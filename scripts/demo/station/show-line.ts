import { faultSchedule } from "./faults";
import { SignalRecorder } from "./signal-recorder";
import { serveSignals } from "./signals-page";
import { StationLine } from "./station-line";

const SEED = 18;
/** Parts between two faults, about. */
const EVERY = 60;
/** With faults to come for half a day. */
const ENDLESS = 1_000_000;

export interface Shown {
  /** Parts that go by; absent: until it is interrupted. */
  parts?: number | undefined;
  /** Milliseconds from one part to the next at least; absent: as fast as the line goes. */
  interval?: number | undefined;
}

/**
 * Runs the station's line, and a page that draws its signals, until it is interrupted or so many parts have gone by.
 * @returns the exit code: 0 where nothing passed that must not and every part was answered
 */
export async function showLine(interrupt: AbortSignal, { parts = ENDLESS, interval }: Shown = {}): Promise<number> {
  console.log("Building the banks, starting the broker, the PLC and Node-RED ...");
  const line = await StationLine.start({
    seed: SEED,
    interval,
    station: { deadline: 1000, cameraTimeout: 500, fresh: 3000, plcTimeout: 2000 },
    times: { silent: 2000, patience: 2000, notReady: 500, noAnswer: 5000 },
  });
  const recorder = new SignalRecorder();
  line.plc.recorder = recorder;
  let fault = "none yet";
  const page = await serveSignals(() => {
    const { parts: gone, passed, rejected } = line.report;
    return { ...recorder.read(), line: { parts: gone, passed, rejected, "last fault": fault } };
  });
  try {
    console.log(`Signals between PLC and station: ${page.url}\nNode-RED with the flow: ${line.nodeRed.url}`);
    if (parts === ENDLESS) console.log("Ctrl-C ends it.");
    const tell = ({ kind, part }: { kind: string; part: number }) => {
      fault = `${kind}, part ${part}`;
      console.log(fault);
    };
    // Where there is no /proc, nothing says which process is the engine.
    const faults = faultSchedule(SEED, parts, EVERY).filter(
      ({ kind }) => kind !== "engine killed" || process.platform === "linux",
    );
    const { complaints, ...report } = await line.run(parts, faults, tell, interrupt);
    console.log(JSON.stringify(report));
    for (const complaint of complaints) console.error(complaint);
    return complaints.length === 0 ? 0 : 1;
  } finally {
    await page.close();
    await line.close();
  }
}
