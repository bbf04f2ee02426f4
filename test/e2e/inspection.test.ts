import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { FlowNode, NodeRedProcess } from "../../scripts/demo/node-red-process";
import { renderPart } from "../support/rendered-part";
import { ROOT } from "../support/shared-data";
import { complaintsOf, held } from "./browser";
import { type InspectionEditor, startInspectionEditor } from "./inspection-editor";
import { inspect } from "./inspection-flow";

const V2 = { headers: { "Node-RED-API-Version": "v2" } };
const TAB = "golden-sample-inspection";

describe("the sidebar", function () {
  this.timeout(180_000);
  let editor: InspectionEditor | undefined;
  let browser: Browser;
  let nodeRed: NodeRedProcess;
  let page: Page;
  let complaints: string[];
  const asked: string[] = [];

  before(async function () {
    const lid = { id: "lid", type: "anomaly-bank", name: "lid", backbone: "backbone" };
    editor = await startInspectionEditor(this, { parts: 3, height: 1400, more: [lid] });
    ({ browser, nodeRed, page, complaints } = editor);
    page.on("request", (request) => {
      if (request.url().includes("/golden-sample/inspection")) asked.push(request.url());
    });
    page.on("dialog", (dialog) => void dialog.accept());
    await page.goto(nodeRed.url);
    await page.locator('[id="threshold"]').waitFor();
  });
  after(() => editor?.close());

  const verdict = (text: string | RegExp) => page.locator(".golden-sample-verdict", { hasText: text }).waitFor();
  const said = (text: string | RegExp) => page.locator(".golden-sample-said", { hasText: text }).waitFor();
  const press = (action: string) => page.locator(`.golden-sample-sidebar [data-action=${action}]`).click();

  it("asks for nothing while nobody looks, and then shows the newest part with its anomaly map", async () => {
    assert.equal(await inspect(nodeRed, await renderPart(3001, "scratch")), "anomaly");
    // The status of the part has come over the socket: what would be asked for would have been by now.
    await page.locator(".red-ui-flow-node-status-label", { hasText: "anomaly" }).waitFor();
    assert.deepEqual(asked, []);
    await page.evaluate((id) => (globalThis as unknown as Editor).RED.sidebar.show(id), TAB);
    await verdict(/anomaly · part 1/);
    for (const picture of [".golden-sample-picture", ".golden-sample-heat"])
      await page.waitForFunction((name) => document.querySelector<HTMLImageElement>(name)!.naturalWidth > 50, picture);
    await page.locator(".golden-sample-beside img").nth(1).waitFor();
    await page.locator(".golden-sample-strip img").waitFor();
  });

  it("follows the line, and stays with a part that was chosen", async () => {
    await inspect(nodeRed, await renderPart(10));
    await verdict(/part 2,/);
    await page.locator(".golden-sample-strip [data-number='1']").click();
    await verdict(/part 1,/);
    await inspect(nodeRed, await renderPart(11));
    await page.locator(".golden-sample-strip [data-number='3']").waitFor();
    await verdict(/part 1,/);
    await press("live");
    await verdict(/part 3,/);
    await page.locator("[data-fact=bank]", { hasText: "part v1" }).waitFor();
  });

  it("keeps what is said of a part, and adds it to the references", async () => {
    await page.locator(".golden-sample-strip [data-number='1']").click();
    await verdict(/part 1,/);
    await press("defect");
    await said("kept as a defect");
    await page.locator(".golden-sample-strip [data-number='1'] .fa-thumbs-down").waitFor();
    await press("live");
    await verdict(/part 3,/);
    await press("addReference");
    await said("4 references");
  });

  it("takes a button for the part whose picture is seen, while the next one's is on its way", async () => {
    const answer = await held(page, "**/parts/4");
    assert.equal(await inspect(nodeRed, await renderPart(3003, "chipped_edge")), "anomaly");
    await page.locator(".golden-sample-strip [data-number='4']").waitFor();
    await press("good");
    await said("Part 3 is kept as a good one");
    answer();
    await verdict(/part 4,/);
  });

  it("sets a threshold that was tried on the histogram by keyboard, and takes it back", async () => {
    const slider = page.locator(".golden-sample-threshold");
    const figures = page.locator(".golden-sample-figures");
    await figures.filter({ hasText: /^Threshold/ }).waitFor();
    const before = await figures.textContent();
    await slider.focus();
    await slider.press("End");
    await figures.filter({ hasText: /^At .* it would have rejected \d of the last 4 parts/ }).waitFor();
    await page.locator(".golden-sample-apply").press("Enter");
    await said("The threshold is");
    await page.locator(".golden-sample-charts", { hasText: "editor set" }).waitFor();
    await press("replay");
    await said("4 parts inspected again");
    await page.locator(".golden-sample-undo").click();
    await said(/again\.$/);
    assert.equal(await figures.textContent(), before);
  });

  it("shows the operator a verdict as large as the screen, rejects to look at, and buttons", async () => {
    const operator = await browser.newPage({ locale: "en-US", viewport: { width: 1280, height: 800 } });
    const heard = complaintsOf(operator);
    operator.on("dialog", (dialog) => void dialog.accept());
    await operator.goto(new URL("golden-sample/live/threshold", nodeRed.url).href);
    const word = operator.locator("#word");
    await operator.locator("#stack[data-number='4']").waitFor();
    assert.equal(await inspect(nodeRed, await renderPart(13)), "ok");
    await operator.locator("#stack[data-number='5']").waitFor();
    const answer = await held(operator, "**/parts/6");
    assert.equal(await inspect(nodeRed, await renderPart(3003, "chipped_edge")), "anomaly");
    await word.filter({ hasText: "REJECT" }).waitFor();
    await operator.locator("#good").click();
    await operator.locator("#said", { hasText: "part 5: Good" }).waitFor();
    answer();
    await operator.locator("#stack[data-number='6']").waitFor();
    // Five metres away, a letter of a tenth of the screen's height is read as one of 4 mm at arm's length.
    const tall = await word.evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize));
    assert.ok(tall > 80, `${tall} px`);
    await operator.locator("#rejects [data-number='1'] img").waitFor();
    if (process.env.GOLDEN_SAMPLE_PICTURES)
      await operator.screenshot({ path: join(ROOT, "docs", "images", "operator.png") });
    await operator.locator("#rejects [data-number='1']").click();
    await operator.locator("#stack[data-number='1']").waitFor();
    await operator.locator("#good").click();
    await operator.locator("#said", { hasText: "part 1: Good" }).waitFor();
    await operator.locator("#shift").click();
    await operator.locator("#said", { hasText: "new shift" }).waitFor();
    await operator.locator("#counts", { hasText: /ok\s*0/ }).waitFor();
    assert.deepEqual(heard, []);
    await operator.close();
  });

  it("gives panels the newest picture, one by one or as a stream, and the shift as a page", async () => {
    const get = (path: string) => fetch(new URL(`golden-sample/live/threshold/${path}`, nodeRed.url));
    const still = await get("still.jpg");
    assert.deepEqual([still.status, still.headers.get("content-type")], [200, "image/jpeg"]);
    const jpeg = Buffer.from(await still.arrayBuffer());
    const gone = new AbortController();
    const address = new URL("golden-sample/live/threshold/stream.mjpg", nodeRed.url);
    const stream = await fetch(address, { signal: gone.signal });
    assert.match(stream.headers.get("content-type")!, /^multipart\/x-mixed-replace/);
    let received = Buffer.alloc(0);
    const reader = stream.body!.getReader();
    while (received.length < jpeg.length) received = Buffer.concat([received, (await reader.read()).value!]);
    assert.ok(received.includes(jpeg.subarray(0, 1000)));
    gone.abort();
    const report = await (await get("report")).text();
    assert.match(report, /Where rejects lie/);
    assert.doesNotMatch(report, /<(script|link)|src="(?!data:)/);
  });

  it("asks for nothing while it is paused, and complained of nothing", async () => {
    // Its thumbnail is asked for last of all.
    await page.locator(".golden-sample-strip [data-number='6'] img").waitFor();
    await press("pause");
    // What was under way may still be answered.
    await page.locator(".golden-sample-sidebar[aria-busy=false]").waitFor();
    const before = asked.length;
    await inspect(nodeRed, await renderPart(12));
    await page.waitForFunction(() =>
      [...document.querySelectorAll(".red-ui-flow-node-status-label")].some((label) =>
        /part v1/.test(label.textContent!),
      ),
    );
    assert.equal(asked.length, before);
    await press("pause");
    await verdict(/part 7,/);
    assert.deepEqual(complaints, []);
    if (process.env.GOLDEN_SAMPLE_PICTURES) {
      await page.locator(".golden-sample-strip [data-number='1']").click();
      await verdict(/part 1,/);
      const sidebar = page.locator("#red-ui-sidebar");
      await sidebar.screenshot({ path: join(ROOT, "docs", "images", "sidebar.png") });
    }
  });

  it("takes no part of before a restart for one of after it", async () => {
    const first = page.locator(".golden-sample-strip [data-number='1'] img");
    const before = await first.getAttribute("src");
    const operator = await browser.newPage({ locale: "en-US" });
    await operator.goto(new URL("golden-sample/live/threshold", nodeRed.url).href);
    const reject = operator.locator("#rejects [data-number='1']");
    await reject.locator("img").waitFor();
    await reject.click();
    await operator.locator("#stack[data-number='1']").waitFor();
    const gone = new AbortController();
    const live = (path: string) => new URL(`golden-sample/live/threshold/${path}`, nodeRed.url);
    const panel = (await fetch(live("stream.mjpg"), { signal: gone.signal })).body!.getReader();
    // Taken away and put back, the node counts from 1 again, as after a restart of Node-RED.
    const { flows } = (await (await fetch(new URL("flows", nodeRed.url), V2)).json()) as { flows: FlowNode[] };
    await nodeRed.deploy(flows.filter(({ id }) => id !== "threshold"));
    await fetch(new URL("golden-sample/inspection", nodeRed.url));
    await nodeRed.deploy(flows);
    assert.equal(await inspect(nodeRed, await renderPart(14)), "ok");
    await verdict(/ok · part 1,/);
    await first.waitFor();
    assert.notEqual(await first.getAttribute("src"), before);
    await operator.locator("#verdict[data-number='1'][data-verdict=ok]").waitFor();
    await operator.locator("#back").waitFor({ state: "hidden" });
    await operator.close();
    const still = Buffer.from(await (await fetch(live("still.jpg"))).arrayBuffer());
    let received = Buffer.alloc(0);
    // Behind what all its pictures begin with.
    while (!received.includes(still.subarray(-1000))) received = Buffer.concat([received, (await panel.read()).value!]);
    gone.abort();
    // What the sidebar asked for while the node was away is gone, and answered so; that alone may have been complained of.
    const others = complaints.filter((text) => !/^422: .*\/parts\/\d+$|status of 422/.test(text));
    assert.deepEqual(others, []);
    complaints.length = 0;
  });

  it("captures the next frames of the line, to be accepted as references or discarded", async () => {
    await page.locator(".golden-sample-teach > summary").click();
    await page.locator(".golden-sample-capture input").fill("2");
    const capture = (key: string) => page.locator(`[data-capture=${key}]`);
    await capture("begin").click();
    const captured = page.locator(".golden-sample-capture");
    await captured.filter({ hasText: "0 of 2 frames" }).waitFor();
    for (const seed of [21, 22]) await inspect(nodeRed, await renderPart(seed));
    await captured.filter({ hasText: "2 frames: accept" }).waitFor();
    for (const number of [1, 2]) {
      const picture = captured.locator(`[data-number="${number}"] img[src]`);
      await picture.waitFor();
      await page.waitForFunction(
        (image) => (image as HTMLImageElement).naturalWidth > 50,
        await picture.elementHandle(),
      );
    }
    if (process.env.GOLDEN_SAMPLE_PICTURES) {
      const path = join(ROOT, "docs", "images", "capture.png");
      await page.locator(".golden-sample-teach").screenshot({ path });
    }
    await captured.locator("[data-number='2'] [data-capture=discard]").click();
    await captured.locator("[data-number='2']").waitFor({ state: "detached" });
    const references = page.locator(".golden-sample-gallery button");
    const before = await references.count();
    await captured.locator("[data-number='1'] [data-capture=accept]").press("Enter");
    await captured.locator("figure").waitFor({ state: "detached" });
    await references.nth(before).waitFor();
    await capture("end").waitFor({ state: "hidden" });
    await page.locator(".golden-sample-teach > summary").click();
    assert.deepEqual(complaints, []);
  });

  it("adds all pictures to the bank that they were chosen for, and has no other one chosen meanwhile", async () => {
    await page.locator(".golden-sample-teach > summary").click();
    const answer = await held(page, "**/teach/*/references");
    const files = [31, 32].map(async (seed) => {
      const buffer = await renderPart(seed);
      return { name: `${seed}.jpg`, mimeType: "image/jpeg", buffer };
    });
    await page.locator("[data-teach-files=add]").setInputFiles(await Promise.all(files));
    await page.locator(".golden-sample-teach", { hasText: "Adding picture 1 of 2" }).waitFor();
    await page.locator(".golden-sample-teach select").evaluate((select: HTMLSelectElement) => {
      if (select.disabled) return;
      select.value = "lid";
      select.dispatchEvent(new Event("change"));
    });
    answer();
    await page.locator(".golden-sample-teach", { hasText: "2 of 2 pictures done" }).waitFor();
    assert.ok(!existsSync(join(editor!.temporary, "golden-sample", "banks", "lid")));
  });

  it("waits for no build that Node-RED does not know of any more", async () => {
    const forgotten = { name: "part", version: 1, references: [], build: {} };
    await page.route("**/golden-sample/teach/bank", (route) => route.fulfill({ json: forgotten }));
    await page.route("**/golden-sample/teach/bank/build", (route) => route.fulfill({ json: { name: "part" } }));
    await page.locator("[data-teach=build]").click();
    await page.locator(".golden-sample-teach", { hasText: "does not know what became of the build" }).waitFor();
    await page.locator("[data-teach=cancel]").waitFor({ state: "hidden" });
    assert.deepEqual(complaints, []);
  });
});

interface Editor {
  RED: { sidebar: { show: (id: string) => void } };
}
