import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { type FlowNode, NodeRedProcess } from "../../scripts/demo/node-red-process";
import { ROOT } from "../support/shared-data";
import { complaintsOf, pressUntil, startChromium } from "./browser";
import {
  assertTranslated,
  openConfigDialogs,
  openDialog,
  paletteNode,
  shownText,
  wrappedLabels,
} from "./editor-dialogs";
import { learn, loadSmallExample } from "./small-example";

const PALETTE = [
  "anomaly-batch",
  "anomaly-build",
  "anomaly-mask",
  "anomaly-score",
  "anomaly-station",
  "anomaly-threshold",
];
/** Characters of Chinese and Japanese are as wide as they are high: labels wrap sooner. */
const ENGLISH = "en-US";
const LANGUAGES = [ENGLISH, "de", "ja", "zh-CN"];

describe("editor", function () {
  this.timeout(180_000);
  let browser: Browser;
  let nodeRed: NodeRedProcess;
  let temporary: string;
  let example: FlowNode[];
  const labels = new Set<string>();
  const editors = new Map<string, ReturnType<typeof open>>();
  /** Loading the editor is most of what these tests take: those that leave it as it was share a page of each language. */
  function opened(locale: string): ReturnType<typeof open> {
    const found = editors.get(locale) ?? open(locale);
    editors.set(locale, found);
    return found;
  }

  before(async function () {
    browser = await startChromium(this);
    temporary = mkdtempSync(join(tmpdir(), "golden-sample-editor-"));
    nodeRed = await NodeRedProcess.start({ userDir: temporary, nodesDir: [ROOT], codeEditor: "ace" });
    example = await loadSmallExample("region-of-interest.json", temporary);
    example.push(batchNode(example), stationNode(example));
    await nodeRed.deploy(example);
    // Dialogs show the bank's references.
    await learn(nodeRed, example);
  });
  after(async () => {
    await browser?.close();
    await nodeRed?.stop();
    if (temporary) rmSync(temporary, { recursive: true, force: true });
  });

  for (const locale of LANGUAGES) {
    it(`has the nodes in its palette, with labels (${locale})`, async () => {
      const { page, complaints } = await opened(locale);
      for (const type of PALETTE) {
        const label = await shownText(paletteNode(page, type).locator(".red-ui-palette-label"));
        // In each language the nodes have names of their own.
        assert.ok(!labels.has(label), label);
        labels.add(label);
        assert.ok(label.length > 2 && !label.includes("anomaly-") && !/[.{]/.test(label), `${type}: "${label}"`);
      }
      assert.deepEqual(complaints, []);
    });

    it(`opens and closes every dialog (${locale})`, async () => {
      const { page, complaints } = await opened(locale);
      for (const type of PALETTE) {
        await openDialog(page, example.find((node) => node.type === type)!);
        assertTranslated(await shownText(page.locator("#dialog-form")), type);
        assert.deepEqual(await page.evaluate(wrappedLabels), [], `${type} (${locale})`);
        if (type === "anomaly-score") await openConfigDialogs(page);
        await page.locator("#node-dialog-ok").click();
        await page.locator("#dialog-form").waitFor({ state: "detached" });
      }
      assert.deepEqual(complaints, []);
      if (locale !== ENGLISH) await page.close();
    });
  }

  it("imports every example without a red triangle, and with a name for every output", async () => {
    const { page, complaints } = await open(ENGLISH);
    const directory = join(ROOT, "examples");
    const flows = readdirSync(directory)
      .filter((name) => name.endsWith(".json"))
      .map((name) => readFileSync(join(directory, name), "utf8"));
    const faults = await page.evaluate(importFlows, flows);
    assert.deepEqual(faults, []);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it("finds its nodes by what people look for", async () => {
    const { page } = await opened(ENGLISH);
    const search = page.locator("#red-ui-palette-search input");
    for (const words of ["golden", "inspect", "defect"]) {
      await search.clear();
      await search.pressSequentially(words);
      await paletteNode(page, "inject").waitFor({ state: "hidden" });
      for (const type of PALETTE) assert.ok(await paletteNode(page, type).isVisible(), `${words}: ${type}`);
      // It folds up by and by; shown again meanwhile it would fold up all the same.
      await page.locator("#red-ui-palette-container-common").waitFor({ state: "hidden" });
    }
    await search.clear();
    await paletteNode(page, "inject").waitFor();
  });

  it("takes a node from the palette to the flow and deploys it", async () => {
    const { page, complaints } = await opened(ENGLISH);
    const place = { x: 500, y: 480 };
    await paletteNode(page, "anomaly-score").dragTo(page.locator("#red-ui-workspace-chart"), { targetPosition: place });
    await page.locator(".red-ui-flow-node-selected, .selected").first().waitFor();
    const deployed = page.waitForResponse((response) => response.url().endsWith("/flows") && response.ok());
    await page.locator("#red-ui-header-button-deploy").click();
    // The new node names no bank yet, so the editor asks whether it is meant.
    const confirm = page.getByRole("button", { name: "Confirm deploy" });
    await Promise.race([deployed, confirm.click().then(() => deployed)]);
    const flows = (await (await fetch(new URL("flows", nodeRed.url))).json()) as FlowNode[];
    assert.equal(flows.filter((node) => node.type === "anomaly-score").length, 2);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it("commissions from the threshold's dialog, and shows each test defect in the bank's", async function () {
    // They are painted and scored anew.
    this.timeout(420_000);
    // Without the node that was taken from the palette.
    await nodeRed.deploy(example);
    const { page, complaints } = await open(ENGLISH);
    await openDialog(page, example.find(({ type }) => type === "anomaly-threshold")!);
    const line = page.locator("#golden-sample-commission-state");
    await line.getByText("The next parts").waitFor();
    await page.locator("#golden-sample-commission-parts").fill("20");
    await page.locator("#golden-sample-commission-start").click();
    await line.getByText("0 of 20 parts").waitFor();
    assert.ok(await page.locator("#golden-sample-commission-accept").isDisabled());
    await page.locator("#golden-sample-commission-cancel").click();
    await line.getByText("The next parts").waitFor();
    await page.locator("#node-dialog-cancel").click();
    await page.locator("#dialog-form").waitFor({ state: "detached" });

    await openDialog(page, example.find(({ type }) => type === "anomaly-score")!);
    const bank = page.locator("#node-config-input-backbone");
    await pressUntil(bank, () => page.locator("#node-input-btn-bank-edit").click());
    const findings = page.locator("#golden-sample-findings");
    await findings.getByRole("button", { name: "Show the test defects" }).click();
    await findings.locator("figure img").first().waitFor({ timeout: 300_000 });
    for (const caption of await findings.locator("figcaption").allTextContents())
      assert.match(caption, /^(found|missed|not counted) \d+\.\d\d$/);
    const loaded = findings.locator("img").first();
    assert.ok((await loaded.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth)) > 40);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  async function open(locale: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ locale, viewport: { width: 1600, height: 1000 } });
    const complaints = complaintsOf(page);
    await page.goto(nodeRed.url);
    await paletteNode(page, "anomaly-score").waitFor();
    await page.locator(`[id="${example.find((node) => node.type === "anomaly-score")!.id}"]`).waitFor();
    return { page, complaints };
  }
});

/**
 * Runs in the editor: imports as its menu does.
 * @returns what of our nodes it marks as faulty, or has no name for an output
 */
function importFlows(flows: string[]): string[] {
  interface EditorNode {
    type: string;
    outputs: number;
    valid?: boolean;
    validationErrors?: string[];
    _def: { outputLabels?: (this: EditorNode, index: number) => string };
  }
  const { RED } = globalThis as unknown as {
    RED: {
      view: { importNodes: (flow: string, options: object) => void };
      nodes: Record<"eachNode" | "eachConfig", (see: (node: EditorNode) => void) => void>;
    };
  };
  for (const flow of flows) RED.view.importNodes(flow, { generateIds: true, addFlow: true, touchImport: true });
  const faults: string[] = [];
  const see = (node: EditorNode) => {
    if (!node.type.startsWith("anomaly-")) return;
    if (node.valid === false) faults.push(`${node.type}: ${node.validationErrors?.join()}`);
    for (let index = 0; index < node.outputs; index++) {
      const label = node._def.outputLabels?.call(node, index);
      if (!label || label.includes("port.")) faults.push(`${node.type}: output ${index} has no name`);
    }
  };
  RED.nodes.eachNode(see);
  RED.nodes.eachConfig(see);
  return faults;
}

/** The one node that the example has no use for, beside its others. */
function batchNode(example: readonly FlowNode[]): FlowNode {
  const idOf = (type: string) => example.find((node) => node.type === type)!.id;
  const settings = {
    backbone: idOf("anomaly-backbone"),
    property: "payload",
    size: 20,
    patience: 0,
    foreground: "auto",
  };
  return { id: "batch", type: "anomaly-batch", z: idOf("tab"), x: 160, y: 420, wires: [[]], ...settings };
}

function stationNode(example: readonly FlowNode[]): FlowNode {
  const idOf = (type: string) => example.find((node) => node.type === type)!.id;
  const settings = {
    bank: idOf("anomaly-bank"),
    ...{ recipe: "1", recipes: "", camera: "triggered", cameraTimeout: 500, deadline: 1000, fresh: 3000 },
    ...{ plcTimeout: 2000, heartbeat: 500, parallel: 2, buffer: 16, scale: 10000 },
  };
  return {
    id: "station",
    type: "anomaly-station",
    z: idOf("tab"),
    x: 160,
    y: 520,
    wires: [[], [], [], []],
    ...settings,
  };
}
