import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { NodeRedProcess } from "../../scripts/demo/node-red-process";
import { renderPart } from "../support/rendered-part";
import { ROOT } from "../support/shared-data";
import { type InspectionEditor, startInspectionEditor } from "./inspection-editor";
import { inspect } from "./inspection-flow";

describe("the bank's dialog", function () {
  this.timeout(180_000);
  let editor: InspectionEditor | undefined;
  let nodeRed: NodeRedProcess;
  let temporary: string;
  let page: Page;
  let complaints: string[];
  /** What was asked before something was done. */
  const asked: string[] = [];

  before(async function () {
    editor = await startInspectionEditor(this, { parts: 3, height: 1400 });
    ({ nodeRed, temporary, page, complaints } = editor);
    page.on("dialog", (dialog) => {
      asked.push(dialog.message());
      void dialog.accept();
    });
    await page.goto(nodeRed.url);
    await page.locator('[id="score"]').waitFor();
  });
  after(() => editor?.close());

  const bankFolder = (name: string) => join(temporary, "golden-sample", "banks", name);
  const state = () => page.locator("#golden-sample-state");
  const result = (text: string | RegExp) => page.locator("#golden-sample-result", { hasText: text }).waitFor();
  const name = () => page.locator("#node-config-input-name");
  async function openDialog(): Promise<void> {
    await page.evaluate(() => (globalThis as unknown as Editor).RED.editor.editConfig("", "anomaly-bank", "bank"));
    await state()
      .filter({ hasText: /references? are kept|Not built/ })
      .waitFor();
  }
  const references = async () => Number(/(\d+) references?/.exec((await state().textContent())!)![1]);
  async function done(): Promise<void> {
    await page.locator("#node-config-dialog-ok").click();
    await name().waitFor({ state: "detached" });
  }

  it("takes a bank along to another name, says who uses it, and interrupts nobody", async () => {
    await openDialog();
    await name().fill("housing");
    await name().blur();
    await page.locator("#golden-sample-renamed [data-manage=rename]").click();
    await result('"part" is now "housing"');
    assert.match(asked.at(-1)!, /"part" to "housing"[\s\S]*line 1|anomaly-score \(line\)/);
    await page.locator("#golden-sample-renamed").waitFor({ state: "hidden" });
    await state().filter({ hasText: "Version 1 is in use" }).waitFor();
    // Before anything was deployed.
    assert.ok(await inspect(nodeRed, await renderPart(10)));
    await done();
    const deployed = page.waitForResponse((response) => response.url().endsWith("/flows") && response.ok());
    await page.locator("#red-ui-header-button-deploy").click();
    await deployed;
    assert.ok(await inspect(nodeRed, await renderPart(11)));
    const flows = (await (await fetch(new URL("flows", nodeRed.url))).json()) as { id: string; name?: string }[];
    assert.equal(flows.find(({ id }) => id === "bank")!.name, "housing");
    assert.ok(existsSync(join(bankFolder("housing"), "1.safetensors")));
  });

  it("shows daily settings first, and experts' ones where one of them is not as it comes", async () => {
    await openDialog();
    const experts = page.locator(".golden-sample-experts");
    // The flow says so of this bank, and nothing of a region, as flows of earlier versions.
    const isTested = page.locator("#node-config-input-madeDefects");
    const region = page.locator("#node-config-input-region");
    assert.deepEqual(
      [await isTested.isVisible(), await isTested.isChecked(), await region.inputValue()],
      [true, false, "whole"],
    );
    await isTested.check();
    await region.selectOption("auto");
    await done();
    await openDialog();
    await page.locator("#node-config-input-smallest").waitFor();
    assert.ok(await isTested.isHidden());
    await experts.locator("summary").click();
    await page.locator("#node-config-input-neighbours").fill("3");
    await done();
    await openDialog();
    assert.equal(await page.locator("#node-config-input-neighbours").isVisible(), true);
    await page.locator("#node-config-input-neighbours").fill("1");
    await done();
  });

  it("shows the smallest defect on a reference, and what finding it costs a frame", async () => {
    await openDialog();
    const [field, view] = [page.locator("#node-config-input-smallest"), page.locator("#golden-sample-smallest-view")];
    assert.ok(await view.isHidden());
    await field.fill("12");
    await page.locator("#golden-sample-smallest-measure").click();
    const said = page.locator("#golden-sample-smallest-said");
    // 640 x 480 px at 16 px of a patch for each 12 px, but never enlarged.
    await said.filter({ hasText: /^12 px in a picture of 640 x 480 px: 1200 patches, about \d+ ms a frame/ }).waitFor();
    const red = await page.evaluate(() => {
      const { width, height } = document.querySelector<HTMLCanvasElement>("#golden-sample-smallest-canvas")!;
      const context = document.querySelector<HTMLCanvasElement>("#golden-sample-smallest-canvas")!.getContext("2d")!;
      const { data } = context.getImageData(0, 0, width, height);
      return data.reduce((count, value, i) => count + (i % 4 === 0 && value > 150 && data[i + 1]! < 60 ? 1 : 0), 0);
    });
    assert.ok(red > 40, `${red} red pixels`);
    if (process.env.GOLDEN_SAMPLE_PICTURES) {
      const path = join(ROOT, "docs", "images", "smallest-defect.png");
      await page.locator("#golden-sample-smallest-view").screenshot({ path });
    }
    // What was measured was of another size.
    await field.fill("20");
    assert.equal(await said.textContent(), "");
    await page.locator("#node-config-dialog-cancel").click();
    await name().waitFor({ state: "detached" });
  });

  it("captures the next frame of the line, to be accepted as a reference", async () => {
    await openDialog();
    const captured = page.locator("#golden-sample-capture");
    const before = await references();
    await captured.locator("input").fill("1");
    await captured.locator("[data-capture=begin]").click();
    await captured.filter({ hasText: "0 of 1 frames" }).waitFor();
    await inspect(nodeRed, await renderPart(31));
    await captured.locator("figure img[src]").waitFor();
    await captured.locator("figure [data-capture=accept]").click();
    await captured.locator("figure").waitFor({ state: "detached" });
    await state()
      .filter({ hasText: `${before + 1} references` })
      .waitFor();
    // Nothing comes to a bank that is not deployed.
    await name().fill("another");
    await name().blur();
    await captured.waitFor({ state: "hidden" });
    await page.locator("#node-config-dialog-cancel").click();
    await name().waitFor({ state: "detached" });
  });

  it("keeps the version that was chosen there, whatever is done to the bank before the dialog is left", async () => {
    await openDialog();
    const version = page.locator("#node-config-input-version");
    await version.locator("option[value='1']").waitFor({ state: "attached" });
    await version.selectOption("1");
    await page.locator("#golden-sample-versions .fa-download").waitFor();
    const bundle = await (
      await fetch(new URL("golden-sample/banks/housing/versions/1/export", nodeRed.url))
    ).arrayBuffer();
    const buffer = Buffer.from(bundle);
    const file = { name: "housing.safetensors", mimeType: "application/octet-stream", buffer };
    await page.locator("#golden-sample-import-file").setInputFiles(file);
    await version.locator("option[value='2']").waitFor({ state: "attached" });
    assert.equal(await version.inputValue(), "1");
    await page.locator("#node-config-dialog-cancel").click();
    await name().waitFor({ state: "detached" });
  });

  it("takes back what a check of the backbone said once other settings stand there", async () => {
    await page.evaluate(() =>
      (globalThis as unknown as Editor).RED.editor.editConfig("", "anomaly-backbone", "backbone"),
    );
    await page.locator("#golden-sample-check").click();
    const facts = page.locator("#golden-sample-facts");
    await facts.filter({ hasText: "lite" }).waitFor({ timeout: 60_000 });
    const resolution = page.locator("#node-config-input-resolution");
    await resolution.fill("320");
    await facts.waitFor({ state: "hidden" });
    // An answer to what was asked before comes too late.
    await page.locator("#golden-sample-check").click();
    await resolution.fill("224");
    await page.locator("#golden-sample-check:not([disabled])").waitFor({ timeout: 60_000 });
    assert.ok(await facts.isHidden());
    await page.locator("#node-config-dialog-cancel").click();
    await resolution.waitFor({ state: "detached" });
  });

  it("deletes a bank for good, after it was said which nodes lose it", async () => {
    await openDialog();
    // A picture that is asked for meanwhile would be missing.
    const pictures = page.locator("#golden-sample-references img");
    await pictures.nth((await references()) - 1).waitFor();
    await page.locator("#golden-sample-manage [data-manage=delete]").click();
    await result('"housing" is deleted');
    assert.match(asked.at(-1)!, /Delete the bank "housing"[\s\S]*anomaly-score \(line\)/);
    await state().filter({ hasText: "is missing" }).waitFor();
    assert.ok(!existsSync(join(bankFolder("housing"), "references")));
    await page.locator("#node-config-dialog-cancel").click();
    await name().waitFor({ state: "detached" });
    assert.deepEqual(complaints, []);
  });
});

interface Editor {
  RED: { editor: { editConfig: (name: string, type: string, id: string) => void } };
}
