import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import sharp from "sharp";
import { type Broker, startBroker } from "../broker";
import { ROOT } from "../line";
import { type FlowNode, NodeRedProcess } from "../node-red-process";
import { freePort } from "../ports";
import { childrenOf } from "../processes";
import { Belt } from "./belt";
import { type Fault, WIRE_FAULTS } from "./faults";
import { Ledger, type LineReport } from "./ledger";
import { LineCamera } from "./line-camera";
import { LineProgram, type LineTimes } from "./line-program";
import { Pace } from "./pace";
import { BANKS, Parts, RESOLUTION, type RecipeNumber } from "./parts";
import { PlcDevice } from "./plc";
import { type Cable, fixedCable, startRelay } from "./relay";
import { Stopwatch } from "./stopwatch";

/** Milliseconds from one place of the belt to the next. */
const TRAVEL = 20;
/** Milliseconds from one part to the next where nothing holds the belt up, unless told otherwise: 20 parts a second. */
const INTERVAL = 50;
/** So that a part's number takes both of its registers. */
const FIRST_PART = 65_400;
/** Parts from the infeed to the camera, all of one product. */
const UPSTREAM = 3;

export interface StationLineOptions {
  seed: number;
  /** Milliseconds from one part to the next at least. */
  interval?: number | undefined;
  /** Of the station node. */
  station: { deadline: number; cameraTimeout: number; fresh: number; plcTimeout: number };
  /** Of the PLC's program. */
  times: LineTimes;
  /**
   * Whether cables can be cut: for that all that is sent goes through this process once more, which takes time that no
   * cable takes. Absent: they can.
   */
  cuttable?: boolean;
  /** Starts the broker; absent: one in this process. */
  broker?: () => Promise<Broker>;
}

/** The line that examples/station-modbus.json stands in: belt, camera, PLC, rejector, and Node-RED between them. */
export class StationLine {
  private readonly closing: (() => Promise<unknown>)[] = [];
  private readonly retained = { lastId: 0 };
  private readonly belt: Belt;
  readonly stopwatch = new Stopwatch();
  readonly pace = new Pace();
  private readonly switches: number[] = [];
  private readonly ledger = new Ledger((part) => {
    return this.parts.of(part, this.recipeOf(part));
  });
  private parts!: Parts;
  private dark!: Buffer;
  private isDark = false;
  private shots = 0;
  private folder!: string;
  private broker!: Broker;
  private plcCable!: Cable;
  private brokerCable!: Cable;
  private camera!: LineCamera;
  private flow!: FlowNode[];
  plc!: PlcDevice;
  nodeRed!: NodeRedProcess;

  private constructor(private readonly options: StationLineOptions) {
    this.belt = new Belt(TRAVEL, options.interval ?? INTERVAL);
  }

  /** Starts all of it; what had been started is ended again where something fails. */
  static async start(options: StationLineOptions): Promise<StationLine> {
    const line = new StationLine(options);
    try {
      await line.begin();
    } catch (thrown) {
      await line.close();
      throw thrown;
    }
    return line;
  }

  /** What has come of the parts so far. */
  get report(): LineReport {
    return this.ledger.report;
  }

  /** Lets so many parts go by, with what goes wrong meanwhile. @param tell each fault as it comes */
  async run(
    parts: number,
    faults: readonly Fault[],
    tell: (fault: Fault) => void = () => undefined,
    interrupt?: AbortSignal,
  ): Promise<LineReport> {
    const open = [...faults];
    while (this.ledger.report.parts < parts && !interrupt?.aborted) {
      const fault = open[0];
      if (fault && this.belt.part(performance.now()) >= fault.part) {
        open.shift();
        tell(fault);
        this.pace.disturb(performance.now() + fault.milliseconds);
        await this.cause(fault);
        this.pace.disturb(performance.now());
      }
      if (this.nodeRed.exited) throw new Error(`Node-RED ended unexpectedly. It said:\n${this.nodeRed.log()}`);
      await pause(5);
    }
    return this.ledger.report;
  }

  async close(): Promise<void> {
    for (const end of this.closing.splice(0).reverse()) await end();
  }

  private async begin(): Promise<void> {
    const { closing, options } = this;
    this.folder = await mkdtemp(join(tmpdir(), "golden-sample-line-"));
    closing.push(() => rm(this.folder, { recursive: true, force: true, maxRetries: 5 }));
    this.parts = await Parts.prepare(join(this.folder, "golden-sample", "banks"), options.seed);
    this.dark = await sharp(this.parts.of(0, 1).jpeg).linear(0.02, 0).jpeg().toBuffer();
    this.broker = await (options.broker ?? startBroker)();
    closing.push(() => this.broker.close());
    const cable = (to: number) => (options.cuttable === false ? fixedCable(to) : startRelay(to));
    this.brokerCable = await cable(this.broker.port);
    closing.push(() => this.brokerCable.close());
    this.plc = new PlcDevice(await freePort());
    this.plc.stopwatch = this.stopwatch;
    this.plcCable = await cable(this.plc.port);
    closing.push(() => this.plcCable.close());
    closing.push(() => this.plc.stop());
    this.camera = await LineCamera.connect({
      brokerPort: this.broker.port,
      look: () => this.look(),
      onResult: (id, part, inference) => {
        this.ledger.said(id, part);
        this.stopwatch.said(part, inference);
      },
    });
    closing.push(() => this.camera.close());
    this.flow = await this.readFlow();
    closing.push(async () => this.nodeRed?.stop());
    await this.startNodeRed();
    await this.plc.start(this.program());
  }

  private async readFlow(): Promise<FlowNode[]> {
    const flow = JSON.parse(await readFile(join(ROOT, "examples", "station-modbus.json"), "utf8")) as FlowNode[];
    for (const node of flow) {
      if (node.type === "mqtt-broker") node.port = String(this.brokerCable.port);
      if (node.type === "tcp request") node.port = String(this.plcCable.port);
      if (node.type === "anomaly-backbone") node.resolution = String(RESOLUTION);
      if (node.name === "result") node.func = withInference(node.func as string);
      if (node.type === "anomaly-station")
        Object.assign(node, this.options.station, { recipes: JSON.stringify(BANKS), parallel: 4 });
    }
    return flow;
  }

  private async startNodeRed(): Promise<void> {
    this.nodeRed = await NodeRedProcess.start({ userDir: this.folder, nodesDir: [ROOT] });
    await this.nodeRed.deploy(this.flow);
  }

  private program(): LineProgram {
    const { plc, belt, retained, options, ledger } = this;
    return new LineProgram({
      ...{ req: plc.req, sts: plc.sts, belt, retained, firstPart: FIRST_PART, times: options.times },
      recipe: (part) => this.recipeOf(part),
      gate: (part, passes, why) => ledger.gate(part, passes, why),
      read: (part, sts) => {
        ledger.read(part, sts);
        this.pace.read(part, performance.now());
      },
    });
  }

  private recipeOf(part: number): RecipeNumber {
    return this.switches.filter((at) => at <= part).length % 2 === 0 ? 1 : 2;
  }

  private look(): Buffer {
    const part = this.belt.part(performance.now());
    const jpeg = this.isDark ? this.dark : this.parts.of(part, this.recipeOf(part)).jpeg;
    // Other bytes each time, or the tokens of the picture would be taken from memory.
    return Buffer.concat([jpeg, Buffer.from(String(this.shots++))]);
  }

  private async cause({ kind, milliseconds }: Fault): Promise<void> {
    const later = (work: () => void) => {
      setTimeout(work, milliseconds);
    };
    const { plc } = this;
    if (WIRE_FAULTS.includes(kind)) this.ledger.disturbed(this.belt.part(performance.now()));
    switch (kind) {
      case "engine killed":
        for (const engine of childrenOf(this.nodeRed.pid)) process.kill(engine, "SIGKILL");
        return;
      case "network cut":
        this.plcCable.cut();
        return later(() => this.plcCable.restore());
      case "broker cut":
        this.brokerCable.cut();
        return later(() => this.brokerCable.restore());
      case "PLC restarted":
        await plc.stop();
        await pause(milliseconds);
        return plc.start(this.program());
      case "slow camera":
        this.camera.delay = milliseconds / 3;
        return later(() => {
          this.camera.delay = 0;
        });
      case "double trigger":
        plc.forced.on |= 1;
        return void setTimeout(() => {
          plc.forced.on = 0;
        }, 30);
      case "missing acknowledgement":
        plc.forced.off |= 4;
        return later(() => {
          plc.forced.off = 0;
        });
      case "lamp off":
        this.isDark = true;
        return later(() => {
          this.isDark = false;
        });
      case "recipe changed":
        this.switches.push(this.belt.part(performance.now()) + UPSTREAM);
        return;
      case "recipe changed while busy":
        plc.req[2] = 3 - plc.req[2]!;
        return;
      case "Node-RED killed":
        this.nodeRed.kill();
        return this.startNodeRed();
      case "Node-RED stopped":
        await this.nodeRed.stop();
        return this.startNodeRed();
    }
  }
}

/** A result that says, too, how long the engine had to do with its frame. */
function withInference(code: string): string {
  const inference = `const { total, queue, trip } = msg.anomaly?.timing ?? {};
const inference = total === undefined ? undefined : total - queue - trip;`;
  return `${inference}\n${code.replace("timing } }", "timing, inference } }")}`;
}
