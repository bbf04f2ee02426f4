import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { NodeRedProcess } from "../../scripts/demo/node-red-process";
import { ROOT, sharedPath } from "../support/shared-data";
import { complaintsOf, pressUntil, startChromium } from "./browser";

/** What somebody who has never seen it may need at most. */
const MOST_CLICKS = 40;
const REFERENCES = 8;

describe("somebody who has never seen it", function () {
  this.timeout(300_000);
  let browser: Browser;
  let nodeRed: NodeRedProcess;
  let temporary: string;
  let good: string[];
  let defective: string;

  before(async function () {
    const pictures = (...folder: string[]) => {
      const path = sharedPath(this, "data", "aliens", ...folder);
      return readdirSync(path)
        .sort()
        .map((name) => join(path, name));
    };
    good = pictures("train", "good").slice(0, REFERENCES);
    defective = pictures("test", "defect")[0]!;
    browser = await startChromium(this);
    temporary = mkdtempSync(join(tmpdir(), "golden-sample-newcomer-"));
    nodeRed = await NodeRedProcess.start({ userDir: temporary, nodesDir: [ROOT], codeEditor: "ace" });
  });
  after(async () => {
    await browser?.close();
    await nodeRed?.stop();
    if (temporary) rmSync(temporary, { recursive: true, force: true });
  });

  it("goes from an empty canvas to a rejected defect in the sidebar, in 40 clicks at most", async () => {
    const page = await browser.newPage({ locale: "en-US", viewport: { width: 1500, height: 1200 } });
    const complaints = complaintsOf(page);
    await page.goto(nodeRed.url);
    const palette = (type: string) => page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
    await palette("anomaly-score").waitFor({ state: "attached" });
    const clicks = await countClicks(page);
    const search = page.locator("#red-ui-palette-search input");
    await search.click();
    await search.pressSequentially("inspect");
    await palette("inject").waitFor({ state: "hidden" });

    const canvas = page.locator("#red-ui-workspace-chart");
    await palette("anomaly-score").dragTo(canvas, { targetPosition: { x: 200, y: 200 } });
    await palette("anomaly-threshold").dragTo(canvas, { targetPosition: { x: 500, y: 200 } });
    const [score, threshold] = [nodeOn(page, "anomaly score"), nodeOn(page, "anomaly threshold")];
    await drag(page, score.locator(".red-ui-flow-port-output"), threshold.locator(".red-ui-flow-port-input"));
    await page.locator(".red-ui-flow-link-line").first().waitFor({ state: "attached" });

    const [name, model] = [page.locator("#node-config-input-name"), page.locator("#node-config-input-model")];
    await pressUntil(page.locator("#dialog-form"), () => score.locator(".red-ui-flow-node").dblclick());
    await pressUntil(name, () => page.locator("#node-input-btn-bank-add").click());
    await name.fill("alien");
    await pressUntil(model, () => page.locator("#node-config-input-btn-backbone-add").click());
    await page.locator("#node-config-dialog-ok").last().click();
    await model.waitFor({ state: "detached" });
    await page.locator("#node-config-dialog-ok").click();
    await name.waitFor({ state: "detached" });
    await page.locator("#node-dialog-ok").click();
    await page.locator("#dialog-form").waitFor({ state: "detached" });
    const deployed = page.waitForResponse((response) => response.url().endsWith("/flows") && response.ok());
    await page.locator("#red-ui-header-button-deploy").click();
    await deployed;

    await openSidebar(page);
    await choose(page, "add", good);
    const said = page.locator(".golden-sample-teach .golden-sample-said");
    await said.filter({ hasText: `${REFERENCES} of ${REFERENCES} pictures done` }).waitFor({ timeout: 60_000 });
    await page.locator("[data-teach=build]").click();
    await said.filter({ hasText: "Version 1 is in use" }).waitFor({ timeout: 120_000 });
    await choose(page, "send", [defective]);
    await page
      .locator(".golden-sample-verdict[data-verdict=anomaly]", { hasText: "part 1" })
      .waitFor({ timeout: 60_000 });
    assert.equal(await page.locator(".golden-sample-errors li").count(), 0);

    const counted = await clicks();
    console.log(`      ${counted} clicks`);
    assert.ok(counted > 10 && counted <= MOST_CLICKS, `${counted} clicks`);
    assert.deepEqual(complaints, []);
  });
});

/** Every press of a mouse button on the page. @returns how many there were */
async function countClicks(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const counted = globalThis as unknown as { clicks: number };
    counted.clicks = 0;
    window.addEventListener("mousedown", () => counted.clicks++, { capture: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { clicks: number }).clicks);
}

function nodeOn(page: Page, label: string): Locator {
  return page.locator(".red-ui-flow-node-group", { hasText: label });
}

async function drag(page: Page, from: Locator, to: Locator): Promise<void> {
  const [start, end] = [await from.first().boundingBox(), await to.first().boundingBox()];
  await page.mouse.move(start!.x + start!.width / 2, start!.y + start!.height / 2);
  await page.mouse.down();
  await page.mouse.move(end!.x + end!.width / 2, end!.y + end!.height / 2, { steps: 8 });
  await page.mouse.up();
}

/** By the tab's icon, or by the list of tabs where there is no room for it. */
async function openSidebar(page: Page): Promise<void> {
  const icon = page.locator("#red-ui-sidebar a[href='#golden-sample-inspection']").locator("visible=true").first();
  const menu = page.locator("#red-ui-sidebar .red-ui-tab-link-button-menu");
  await icon.or(menu).first().waitFor();
  if (await icon.isVisible()) await icon.click();
  else {
    await menu.click();
    await page.locator("#red-ui-tabs-menu-option-golden-sample-inspection").click();
  }
  await page.locator(".golden-sample-teach[open]").waitFor();
}

/** Through the browser's dialog for files. */
async function choose(page: Page, key: string, files: string[]): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await page.locator(`[data-teach=${key}]`).click();
  await (await chooser).setFiles(files);
}
