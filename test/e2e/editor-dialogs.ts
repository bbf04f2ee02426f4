import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import type { FlowNode } from "../../scripts/demo/node-red-process";
import { pressUntil } from "./browser";

/** A node in the editor's palette, by its type. */
export function paletteNode(page: Page, type: string) {
  return page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
}

/** Opens the dialog of a node on the flow. */
export async function openDialog(page: Page, node: FlowNode): Promise<void> {
  // On a busy machine the editor may take the two clicks for one and one.
  const press = () => page.locator(`[id="${node.id}"] .red-ui-flow-node`).first().dblclick();
  await pressUntil(page.locator("#dialog-form"), press);
}

/** From the score node's dialog into its bank's, and from there into the backbone's. */
export async function openConfigDialogs(page: Page): Promise<void> {
  const bank = page.locator("#node-config-input-backbone");
  await pressUntil(bank, () => page.locator("#node-input-btn-bank-edit").click());
  assertTranslated(await shownText(page.locator("#node-config-dialog-edit-form")), "anomaly-bank");
  await rename(page);
  const model = page.locator("#node-config-input-model");
  await pressUntil(model, () => page.locator("#node-config-input-btn-backbone-edit").click());
  await model.selectOption("named");
  await page.locator("#golden-sample-model-facts", { hasText: "88.5 MB · Apache-2.0" }).waitFor();
  assertTranslated(await shownText(page.locator("#node-config-dialog-edit-form").last()), "anomaly-backbone");
  await model.selectOption("texture");
  await showServer(page);
  await page.locator("#node-config-dialog-ok").last().click();
  await page.locator("#node-config-input-model").waitFor({ state: "detached" });
  await page.locator("#node-config-dialog-ok").last().click();
  await bank.waitFor({ state: "detached" });
}

/** Under another name the bank begins empty, which is said before it happens. */
async function rename(page: Page): Promise<void> {
  const name = page.locator("#node-config-input-name");
  const warning = page.locator("#golden-sample-renamed");
  const before = await name.inputValue();
  assert.ok(await warning.isHidden());
  const enter = async (text: string) => {
    await name.fill(text);
    await name.blur();
  };
  await enter("renamed");
  await warning.filter({ hasText: "renamed" }).waitFor();
  assert.ok((await shownText(warning)).includes(before));
  const [red, usual] = await page.evaluate(() =>
    ["golden-sample-renamed", "golden-sample-state"].map((id) => getComputedStyle(document.getElementById(id)!).color),
  );
  assert.notEqual(red, usual);
  await enter(before);
  await warning.waitFor({ state: "hidden" });
}

/** An inference server asks for other things than a file, and says so where they are missing. */
async function showServer(page: Page): Promise<void> {
  const device = page.locator("#node-config-input-device");
  const before = await device.inputValue();
  const resolution = page.locator("#node-config-input-resolution");
  const pixels = await resolution.inputValue();
  await device.selectOption("remote");
  const endpoints = page.locator("#node-config-input-endpoints");
  await endpoints.waitFor();
  await page.locator("#node-config-input-model").waitFor({ state: "hidden" });
  // The editor checks a field once it is left.
  const enter = async (text: string) => {
    await endpoints.fill(text);
    await endpoints.blur();
  };
  await enter("triton:8000");
  await page.locator("#node-config-input-endpoints.input-error").waitFor();
  await enter("http://triton-1:8000\nhttps://triton-2");
  await page.locator("#node-config-input-endpoints:not(.input-error)").waitFor();
  assertTranslated(await shownText(page.locator(".golden-sample-remote")), "anomaly-backbone");
  await enter("");
  await device.selectOption(before);
  await endpoints.waitFor({ state: "hidden" });
  assert.equal(await resolution.inputValue(), pixels);
}

/** Runs in the editor: labels of the open dialog that take more than one line. */
export function wrappedLabels(): string[] {
  return [...document.querySelectorAll<HTMLElement>("#dialog-form .form-row > label")]
    .filter((label) => label.offsetParent !== null && label.nextElementSibling !== null && label.offsetHeight > 30)
    .map((label) => label.textContent);
}

/** What can be read on the screen: hidden rows do not count. */
export async function shownText(where: Locator): Promise<string> {
  return (await where.allInnerTexts()).join("\n").trim();
}

/** Catalogue keys that have no text show as the key itself. */
export function assertTranslated(text: string, type: string): void {
  assert.ok(text.trim().length > 10, `${type}: the dialog is empty`);
  assert.doesNotMatch(text, /\b(anomaly-)?\w+\.(label|option|tip|placeholder|button)s?\.\w+/, type);
}
