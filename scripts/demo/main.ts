import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBroker } from "./broker";
import { type Dataset, type Frame, folderDataset, renderedDataset } from "./dataset";
import { COIL, type Line, startLine } from "./line";
import { type DemoOptions, demoOptions, USAGE } from "./options";
import { showLine } from "./station/show-line";
import { Table } from "./table";
import { type Inspection, summarise } from "./totals";

// The first frames wait for the backbone to load and for the bank to be built.
const LEARN_MS = 120_000;
const FRAME_MS = 30_000;
/** The PLC takes a permission back by itself: a Node-RED that has lost its power writes nothing any more. */
const WATCHDOG_MS = FRAME_MS + 5_000;
/** Milliseconds from one part at the station to the next while somebody looks on, and how many go by where nobody does. */
const CALM_MS = 500;
const PARTS_SHOWN = 40;
/** The exit code of a program ended by Ctrl-C. */
const INTERRUPTED = 130;

async function main(): Promise<number> {
  const options = demoOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const interrupt = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => interrupt.abort());
  if (options.station) return showLine(interrupt.signal, { parts: options.frames });
  const dataset = options.data ? await folderDataset(options.data, options) : renderedDataset(options);
  const terminal = process.stdout.isTTY === true;
  const stays = terminal && !options.once;
  const table = new Table(
    dataset.frames.map((frame) => frame.name),
    terminal && !process.env.NO_COLOR,
  );
  const interrupted = new Promise<"interrupted">((resolve) => {
    interrupt.signal.addEventListener("abort", () => resolve("interrupted"));
  });

  console.log("Starting the MQTT broker, the PLC and Node-RED ...");
  const broker = await startBroker();
  let line: Line | undefined;
  try {
    line = await startLine({
      brokerPort: broker.port,
      references: dataset.references.length,
      // As long as the demo waits for a frame: its parts wait for their verdict, too.
      freshMs: FRAME_MS,
      plc: { watchdogMs: WATCHDOG_MS },
      // Nobody could look at them before all of it ends.
      ...(!stays && { madeDefects: false }),
      signal: interrupt.signal,
    });
    const result = await Promise.race([inspectAll(line, dataset, options, table), interrupted]);
    if (result === "interrupted") return INTERRUPTED;
    if (stays) console.log(`\nNode-RED stays up at ${line.nodeRed.url} with the flow in it.`);
    if (!options.data) {
      console.log("\nThe same with a handshake: the station between a PLC and its camera.");
      const shown = stays ? { interval: CALM_MS } : { parts: PARTS_SHOWN };
      return (await showLine(interrupt.signal, shown)) || result;
    }
    if (stays) {
      console.log("Ctrl-C ends it.");
      await interrupted;
    }
    return result;
  } catch (error) {
    if (interrupt.signal.aborted) return INTERRUPTED;
    throw error;
  } finally {
    await line?.close();
    await broker.close();
  }
}

/** @returns the exit code: 0 where every frame got its verdict and the coil followed it */
async function inspectAll(line: Line, dataset: Dataset, options: DemoOptions, table: Table): Promise<number> {
  console.log(`Node-RED ${line.nodeRed.url}, learning from ${dataset.references.length} good parts ...`);
  for (const [index, reference] of dataset.references.entries()) {
    const answer = await line.camera.inspect(`reference-${index + 1}`, await reference.bytes(), LEARN_MS);
    if (answer.kind === "reference") continue;
    const why = answer.kind === "error" ? answer.message : "it was inspected";
    throw new Error(`${reference.name} was not taken as a reference: ${why}.\n${line.nodeRed.log()}`);
  }
  if (options.keep) await mkdir(options.keep, { recursive: true });
  console.log(`\n${table.header()}`);
  const inspections: Inspection[] = [];
  for (const [index, frame] of dataset.frames.entries()) {
    const inspection = await inspect(line, String(index + 1), frame, options.keep);
    if (typeof inspection === "string") {
      console.log(table.failure(frame.name, inspection));
      if (line.nodeRed.exited) throw new Error(`Node-RED ended unexpectedly. It said:\n${line.nodeRed.log()}`);
      continue;
    }
    inspections.push(inspection);
    console.log(table.row(inspection));
  }
  if (inspections.length === 0) return 1;
  const totals = summarise(inspections);
  console.log(table.totals(totals));
  const unanswered = dataset.frames.length - inspections.length;
  if (unanswered > 0) console.log(`no verdict     ${unanswered}`);
  if (options.keep) console.log(`Overlays of the anomalies are in ${options.keep}.`);
  return unanswered === 0 && totals.wrongCoils === 0 ? 0 : 1;
}

/** Shows one frame to the line; @returns what came of it, or why nothing did */
async function inspect(line: Line, id: string, frame: Frame, keep?: string): Promise<Inspection | string> {
  const image = await frame.bytes();
  const started = performance.now();
  const answer = await line.camera.inspect(id, image, FRAME_MS);
  const milliseconds = performance.now() - started;
  if (answer.kind === "error") return answer.message;
  if (answer.kind === "reference") return "was taken as a reference";
  const { verdict, alarm } = answer;
  const anomaly = verdict.verdict !== "ok";
  if (anomaly && !alarm) return "no alarm picture came with the anomaly";
  if (alarm && keep)
    await writeFile(join(keep, `${frame.name.replace(/[/\\]/g, "-").replace(/\.\w+$/, "")}.jpg`), alarm);
  return {
    image: frame.name,
    score: verdict.score,
    threshold: verdict.threshold,
    anomaly,
    truth: frame.truth,
    coil: await line.plc.readCoil(COIL),
    milliseconds,
  };
}

main().then(
  (code) => {
    process.exitCode = code;
    // After Ctrl-C an answer may still be waited for; it must not keep the process.
    if (code === INTERRUPTED) process.exit();
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
