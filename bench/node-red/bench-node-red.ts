import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { isBuiltIn } from "../../lib/backbone/built-in/names";
import { readBundle } from "../../lib/bank/file/bundle";
import { BankStore } from "../../lib/bank/store/store";
import { type FlowNode, NodeRedProcess } from "../../scripts/demo/node-red-process";
import type { Setting } from "../setting";
import type { DirectOrder, StreamOrder, Watched } from "./line";

const ROOT = resolve(__dirname, "..", "..", "..");
const BANK = "bench";

/** A real Node-RED with flows that each send frames through an anomaly-score node, all with one bank and backbone. */
export class BenchNodeRed {
  private constructor(
    private readonly nodeRed: NodeRedProcess,
    private readonly picture: string,
    private readonly setting: Setting,
  ) {}

  static async start(setting: Setting, flows: number): Promise<BenchNodeRed> {
    const userDir = join(setting.folder, "node-red");
    const nodes = join(setting.folder, "nodes");
    const picture = join(setting.folder, "frame.jpg");
    await mkdir(nodes, { recursive: true });
    await writeFile(
      join(nodes, "bench-line.js"),
      `module.exports = require(${JSON.stringify(join(__dirname, "line"))}).default;`,
    );
    await writeFile(
      join(nodes, "bench-line.html"),
      '<script type="text/html" data-template-name="bench-line"></script>',
    );
    await writeFile(picture, await setting.frame());
    const store = new BankStore(join(userDir, "golden-sample", "banks"), BANK);
    await store.save(await readBundle((await setting.bank()).file), {
      actor: { by: "bench" },
      keepVersions: 1,
    });
    const nodeRed = await NodeRedProcess.start({ userDir, nodesDir: [ROOT, nodes] });
    try {
      await nodeRed.deploy(flow(setting, flows));
      return new BenchNodeRed(nodeRed, picture, setting);
    } catch (thrown) {
      await nodeRed.stop();
      throw thrown;
    }
  }

  stream(lines: number, frames: number, underWay: number): Promise<Watched> {
    return this.ask("stream", { picture: this.picture, lines, frames, underWay } satisfies StreamOrder);
  }

  /** The backbone alone, run by a node in Node-RED's own process. */
  direct(frames: number): Promise<Watched> {
    const { picture, setting } = this;
    return this.ask("direct", { picture, backbone: setting.backbone, frames } satisfies DirectOrder);
  }

  stop(): Promise<void> {
    return this.nodeRed.stop();
  }

  private async ask(what: string, order: unknown): Promise<Watched> {
    const response = await fetch(new URL(`bench/${what}`, this.nodeRed.url), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(order),
    });
    const answer = (await response.json()) as Watched | { failed: string };
    if ("failed" in answer) throw new Error(`${answer.failed}\n${this.nodeRed.log()}`);
    return answer;
  }
}

function flow({ backbone: { model, resolution } }: Setting, flows: number): FlowNode[] {
  const inTheBox = isBuiltIn(model);
  const backbone = { model: inTheBox ? model : "file", file: inTheBox ? "" : resolve(model), resolution };
  const shared: FlowNode[] = [
    { id: "backbone", type: "anomaly-backbone", name: basename(model), device: "cpu", ...backbone },
    { id: "bank", type: "anomaly-bank", name: BANK, backbone: "backbone" },
  ];
  const lines = Array.from({ length: flows }, (_, i): FlowNode[] => {
    const [z, line, score, problem] = [`tab${i}`, `line${i}`, `score${i}`, `catch${i}`];
    const wanted = { property: "payload", map: true, overlay: true, policy: "block" };
    return [
      { id: z, type: "tab", label: z },
      { id: line, type: "bench-line", z, x: 100, y: 100, wires: [[score]] },
      { id: score, type: "anomaly-score", z, x: 300, y: 100, bank: "bank", ...wanted, wires: [[line]] },
      { id: problem, type: "catch", z, x: 300, y: 200, scope: null, wires: [[line]] },
    ];
  });
  return [...shared, ...lines.flat()];
}
