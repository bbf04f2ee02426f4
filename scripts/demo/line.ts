import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Camera } from "./camera";
import { loadExample } from "./example-flow";
import { NodeRedProcess } from "./node-red-process";
import { type Plc, type PlcOptions, startPlc } from "./plc";

/** The project's root, seen from dist/scripts/demo. */
export const ROOT = resolve(__dirname, "..", "..", "..");
const MAIN_EXAMPLE = join(ROOT, "examples", "mqtt-camera-to-plc.json");
/** The coil the example writes: true where the part may pass. */
export const COIL = 0;
const READY_MS = 60_000;

export interface LineOptions {
  /** Port of an MQTT broker on 127.0.0.1. */
  brokerPort: number;
  references: number;
  /** Node-RED to run, where it is not the project's own, and the node binary to run it with. */
  nodeRed?: { redJs?: string; node?: string };
  /** A node_modules folder our package is installed in; absent: the nodes are loaded from the project. */
  modules?: string;
  /** How long after its frame a part may pass, in milliseconds; absent: the example's own. */
  freshMs?: number;
  /** False: none are made of the bank's references; absent: as the example has it. */
  madeDefects?: boolean;
  plc?: PlcOptions;
  signal?: AbortSignal;
}

/** Camera, Node-RED with the example flow, and PLC, connected and ready for frames. */
export interface Line {
  readonly camera: Camera;
  readonly nodeRed: NodeRedProcess;
  readonly plc: Plc;
  close(): Promise<void>;
}

/** Starts all of it; what had been started is ended again where something fails. */
export async function startLine(options: LineOptions): Promise<Line> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const temporary = await mkdtemp(join(tmpdir(), "golden-sample-"));
    closing.push(() => rm(temporary, { recursive: true, force: true, maxRetries: 5 }));
    const plc = await startPlc(options.plc);
    closing.push(() => plc.close());
    const camera = await Camera.connect(options.brokerPort);
    closing.push(() => camera.close());
    const flow = await loadExample(MAIN_EXAMPLE, { ...options, plcPort: plc.port });
    if (options.modules) await symlink(options.modules, join(temporary, "node_modules"), "junction");
    const nodeRed = await NodeRedProcess.start({
      userDir: temporary,
      nodesDir: options.modules ? [] : [ROOT],
      ...options.nodeRed,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    closing.push(() => nodeRed.stop());
    await nodeRed.deploy(flow);
    await camera.lineReady(READY_MS);
    return { camera, nodeRed, plc, close };
  } catch (error) {
    await close();
    throw error;
  }
}
