import { type ChildProcess, spawn } from "node:child_process";
import { on, once } from "node:events";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nodeRedModule } from "./node-red-home";
import { ProcessLog } from "./process-log";

/** One node of an exported flow. */
export interface FlowNode {
  id: string;
  type: string;
  [property: string]: unknown;
}

export interface NodeRedOptions {
  /** Node-RED's user directory; made where it is not there. */
  userDir: string;
  /** Folders of packages whose nodes are loaded from where they lie. */
  nodesDir?: readonly string[];
  /** Node packages among the development dependencies that are loaded, too. */
  palette?: readonly string[];
  /** Packages among the development dependencies that lie in the user directory, for function nodes and dashboards. */
  modules?: readonly string[];
  /** Node-RED's red.js; default: the one in the project's node_modules. */
  redJs?: string;
  /** The node binary to run it with; default: the one that runs this. */
  node?: string;
  env?: NodeJS.ProcessEnv;
  /** What it speaks; English unless told. */
  lang?: string;
  /** What its editor writes code in; ace is a tenth of the script that each page loads of monaco, Node-RED's own choice. */
  codeEditor?: "ace" | "monaco";
  /** Ends a start under way. */
  signal?: AbortSignal;
}

const READY_MS = 120_000;
const DEPLOY_MS = 60_000;
const STOP_MS = 20_000;
const CORE = "node-red";
/** Node-RED would load whatever lies in a node_modules folder above it. */
const PALETTES = [
  ...["node-red-contrib-modbus", "node-red-contrib-s7", "node-red-opcua-station"],
  ...["node-red-dashboard", "node-red-dashboard-2-inspection"],
];

/** A real Node-RED in a process of its own, on a free port of 127.0.0.1. */
export class NodeRedProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: ProcessLog,
    private readonly ended: AbortSignal,
    readonly url: string,
  ) {}

  /**
   * Starts Node-RED and waits till its editor answers.
   * @throws Error with the end of Node-RED's log where it does not come up
   */
  static async start(options: NodeRedOptions): Promise<NodeRedProcess> {
    await mkdir(options.userDir, { recursive: true });
    const settings = join(options.userDir, "settings.js");
    await writeFile(settings, settingsFile(options));
    await offerModules(options.userDir, options.modules ?? []);
    const red = options.redJs ?? nodeRedModule("/red.js");
    const first = ["exit-with-parent.js", "tell-flows-started.js"].flatMap((file) => [
      "--require",
      join(__dirname, file),
    ]);
    const args = [...first, red, "--userDir", options.userDir, "--settings", settings];
    const child = spawn(options.node ?? process.execPath, args, {
      cwd: options.userDir,
      env: { ...process.env, ...options.env, NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // A process group of its own: Ctrl-C in the terminal reaches us alone, and we end it in order.
      detached: process.platform !== "win32",
    });
    const lines = new ProcessLog();
    for (const stream of [child.stdout, child.stderr]) if (stream) lines.follow(stream);
    const ended = endOf(child);
    try {
      const limit = limitFor(ended, READY_MS, options.signal);
      const [[, url = ""]] = await Promise.all([
        // Whatever language the words around it are in.
        lines.next(/(http:\/\/127\.0\.0\.1:\d+\/)/, limit),
        // The empty flow it begins with: one deployed before that could be taken for it.
        flowsStarted(child, limit),
      ]);
      return new NodeRedProcess(child, lines, ended, url);
    } catch (error) {
      await stop(child);
      throw new Error(`Node-RED did not start (${reasonOf(error)}). It said:\n${lines.text()}`);
    }
  }

  get pid(): number {
    return this.child.pid!;
  }

  get exited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The last lines Node-RED printed. */
  log(): string {
    return this.lines.text();
  }

  /**
   * Puts flows in place of all that are there, as the Deploy button does, and waits till they run.
   * @param type `nodes`: what has not changed goes on running
   * @throws Error that names the node types Node-RED does not have, and why
   */
  async deploy(flows: readonly FlowNode[], type: "full" | "nodes" = "full"): Promise<void> {
    await this.checkTypes(flows);
    // Node-RED answers before the flows have started.
    const started = flowsStarted(this.child, limitFor(this.ended, DEPLOY_MS));
    started.catch(() => undefined);
    const response = await fetch(new URL("flows", this.url), {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Node-RED-API-Version": "v2",
        "Node-RED-Deployment-Type": type,
      },
      body: JSON.stringify({ flows }),
    });
    if (!response.ok) throw new Error(`Node-RED refused the flow (${response.status}): ${await response.text()}`);
    await started.catch((error: unknown) => {
      throw new Error(`The flow did not start (${reasonOf(error)}). Node-RED said:\n${this.log()}`);
    });
  }

  /** Ends Node-RED and all it started; does nothing where it has ended already. */
  async stop(): Promise<void> {
    await stop(this.child);
  }

  /** As a power cut: nothing is closed or said good-bye to. */
  kill(): void {
    this.child.kill("SIGKILL");
  }

  private async checkTypes(flows: readonly FlowNode[]): Promise<void> {
    const response = await fetch(new URL("nodes", this.url), { headers: { Accept: "application/json" } });
    const sets = (await response.json()) as { module: string; types?: string[]; err?: unknown; enabled: boolean }[];
    const known = new Set([
      "tab",
      "group",
      "subflow",
      ...sets.flatMap((set) => (set.enabled ? (set.types ?? []) : [])),
    ]);
    // A set that failed to load still lists its types.
    const failed = sets.filter((set) => set.err && set.module !== CORE);
    const missing = [...new Set(flows.map((node) => node.type))].filter((type) => !known.has(type));
    if (missing.length === 0 && failed.length === 0) return;
    const reasons = failed.map((set) => JSON.stringify(set.err)).join("; ");
    throw new Error(`Node-RED lacks the nodes ${missing.join(", ")} ${reasons}\n${this.log()}`);
  }
}

function settingsFile({
  nodesDir = [],
  palette = [],
  modules = [],
  lang = "en-US",
  codeEditor = "monaco",
}: NodeRedOptions): string {
  const settings = {
    uiHost: "127.0.0.1",
    uiPort: 0,
    flowFile: "flows.json",
    credentialSecret: "golden-sample-demo",
    nodesDir,
    nodesExcludes: PALETTES.filter((name) => !palette.includes(name)),
    // Tests read what it says, so it must not follow the machine's language.
    lang,
    // Milliseconds: with its five seconds a camera stays away long after the broker is back.
    mqttReconnectTime: 500,
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { codeEditor: { lib: codeEditor }, tours: false, projects: { enabled: false } },
    externalModules: { autoInstall: false, palette: { allowInstall: false }, modules: { allowInstall: false } },
    functionExternalModules: modules.length > 0,
    // The second is for what must not be forgotten, at once.
    contextStorage: {
      default: { module: "memory" },
      disk: { module: "localfilesystem", config: { cache: false } },
    },
    logging: { console: { level: "info", metrics: false, audit: false } },
  };
  return `module.exports = ${JSON.stringify(settings, null, 2)};\n`;
}

/** As Node-RED's own installation of them would leave it. */
async function offerModules(userDir: string, modules: readonly string[]): Promise<void> {
  if (modules.length === 0) return;
  await mkdir(join(userDir, "node_modules"), { recursive: true });
  const dependencies = Object.fromEntries(modules.map((name) => [name, "*"]));
  await writeFile(join(userDir, "package.json"), JSON.stringify({ name: "user-directory", dependencies }));
  for (const name of modules) {
    const target = dirname(require.resolve(`${name}/package.json`));
    const link = join(userDir, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    // A second start finds it there.
    await symlink(target, link, "junction").catch(() => undefined);
  }
}

/** @see tell-flows-started.ts */
async function flowsStarted(child: ChildProcess, signal: AbortSignal): Promise<void> {
  for await (const [message] of on(child, "message", { signal })) if (message === "flows:started") return;
}

/** Aborted when the process ends, with the reason. */
function endOf(child: ChildProcess): AbortSignal {
  const ended = new AbortController();
  child.once("error", (error) => ended.abort(error));
  child.once("exit", (code, name) => ended.abort(new Error(`it ended with ${name ?? code}`)));
  return ended.signal;
}

/** Aborts when the time is over, when the process ends, or with the caller's own signal. */
function limitFor(ended: AbortSignal, milliseconds: number, signal?: AbortSignal): AbortSignal {
  return AbortSignal.any([ended, AbortSignal.timeout(milliseconds), ...(signal ? [signal] : [])]);
}

const reasonOf = (error: unknown): string => {
  // What Node's own waiting throws says only that it was ended; why stands behind it.
  const why = error instanceof Error && error.name === "AbortError" ? (error.cause ?? error) : error;
  return why instanceof Error ? why.message : String(why);
};

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "close");
  // Node-RED knows this message from process managers; unlike a signal it works on Windows too.
  if (child.connected) child.send("shutdown");
  else child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await gone;
  clearTimeout(timer);
}
