import { faultSchedule } from "./faults";
import { SignalRecorder } from "./signal-recorder";
import { serveSignals } from "./signals-page";
import { StationLine } from "./station-line";

const SEED = 18;
/** Parts between two faults, about. */
const EVERY = 60;
/** With faults to come for half a day. */
const ENDLESS = 1_000_000;

/**
 * Runs the station's line, and a page that draws its signals, until it is interrupted or so many parts have gone by.
 * @param parts absent: until it is interrupted
 * @returns the exit code: 0 where nothing passed that must not and every part was answered
 */
export async function showLine(interrupt: AbortSignal, parts = ENDLESS): Promise<number> {
  console.log("Building the banks, starting the broker, the PLC and Node-RED ...");
  const line = await StationLine.start({
    seed: SEED,
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
    const { complaints, ...report } = await line.run(parts, faultSchedule(SEED, parts, EVERY), tell, interrupt);
    console.log(JSON.stringify(report));
    for (const complaint of complaints) console.error(complaint);
    return complaints.length === 0 ? 0 : 1;
  } finally {
    await page.close();
    await line.close();
  }
}
