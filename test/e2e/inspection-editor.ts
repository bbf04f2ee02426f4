import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "mocha";
import type { Browser, Page } from "playwright-core";
import { type FlowNode, NodeRedProcess } from "../../scripts/demo/node-red-process";
import { renderPart } from "../support/rendered-part";
import { ROOT } from "../support/shared-data";
import { complaintsOf, startChromium } from "./browser";
import { inspect, inspectionFlow } from "./inspection-flow";

/** A real Node-RED whose bank has learnt so many rendered parts, and a page of a real browser that is yet to open its editor. */
export interface InspectionEditor {
  browser: Browser;
  nodeRed: NodeRedProcess;
  /** Node-RED's user directory. */
  temporary: string;
  page: Page;
  complaints: string[];
  close: () => Promise<void>;
}

/** @param more nodes beside those of `inspectionFlow` @param height of the page, in pixels */
export async function startInspectionEditor(
  context: Context,
  { parts, height, more = [] }: { parts: number; height: number; more?: FlowNode[] },
): Promise<InspectionEditor> {
  const browser = await startChromium(context);
  const temporary = mkdtempSync(join(tmpdir(), "golden-sample-editor-"));
  let nodeRed: NodeRedProcess | undefined;
  const close = async () => {
    await browser.close();
    await nodeRed?.stop();
    rmSync(temporary, { recursive: true, force: true });
  };
  try {
    nodeRed = await NodeRedProcess.start({ userDir: temporary, nodesDir: [ROOT], codeEditor: "ace" });
    await nodeRed.deploy([...inspectionFlow(parts), ...more]);
    for (let seed = 1; seed <= parts; seed++) await inspect(nodeRed, await renderPart(seed));
    const page = await browser.newPage({ locale: "en-US", viewport: { width: 1500, height } });
    return { browser, nodeRed, temporary, page, complaints: complaintsOf(page), close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
