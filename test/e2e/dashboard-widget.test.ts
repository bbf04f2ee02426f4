import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { type FlowNode, NodeRedProcess } from "../../scripts/demo/node-red-process";
import { renderPart } from "../support/rendered-part";
import { ROOT } from "../support/shared-data";
import { complaintsOf, held, startChromium } from "./browser";
import { eventually } from "./small-example";

const WIDGET = "@golden-sample/node-red-dashboard-2-inspection";
const DASHBOARD = "@flowfuse/node-red-dashboard";
const REFERENCES = 3;
const FRAMES = 40;

describe("the Dashboard 2 widget, in a real dashboard", function () {
  this.timeout(180_000);
  let browser: Browser;
  let nodeRed: NodeRedProcess;
  let folder: string;
  let flow: FlowNode[];
  let page: Page;
  let complaints: string[];

  before(async function () {
    browser = await startChromium(this);
    folder = mkdtempSync(join(tmpdir(), "golden-sample-dashboard-"));
    // As the palette manager leaves them in a user's directory.
    nodeRed = await NodeRedProcess.start({
      ...{ userDir: join(folder, "user"), nodesDir: [ROOT], modules: [DASHBOARD, WIDGET] },
      palette: ["node-red-dashboard", "node-red-dashboard-2-inspection"],
      codeEditor: "ace",
    });
    const example = join(ROOT, "packages", "dashboard-2-inspection", "examples", "dashboard-inspection.json");
    flow = JSON.parse(await readFile(example, "utf8")) as FlowNode[];
    for (const node of flow) {
      if (node.type === "anomaly-build") node.frames = REFERENCES;
      if (node.type === "anomaly-bank") node.madeDefects = false;
      if (node.type === "debug") node.console = true;
    }
    flow.push(...(await flood()));
    await nodeRed.deploy(flow);
    for (let seed = 1; seed <= REFERENCES; seed++) await send(await renderPart(seed));
    await eventually("the bank is built", async () => {
      const state = await fetch(new URL("golden-sample/banks/dashboard-line", nodeRed.url));
      return ((await state.json()) as { version?: number }).version === 1;
    });
    page = await browser.newPage({ locale: "en-US", viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(90_000);
    complaints = complaintsOf(page);
    await page.goto(new URL("dashboard/line1", nodeRed.url).href);
    await page.locator(".gs-word").waitFor();
  });
  after(async () => {
    await browser?.close();
    await nodeRed?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const word = (text: string) => page.locator(".gs-word", { hasText: text }).waitFor();
  const shows = (number: number) => page.locator(`.gs-frame[data-number='${number}'] .gs-overlay`).waitFor();
  const press = (action: string) => page.locator(`[data-action=${action}]`).click();
  const said = (text: string) => page.locator(".gs-said", { hasText: text }).waitFor();
  const logged = (what: string, pattern: RegExp) => eventually(what, async () => pattern.test(nodeRed.log()));

  it("shows no verdict before the first part, and then a verdict that is read from five metres", async () => {
    await word("NO PART YET");
    await send(await renderPart(3001, "chipped_edge"));
    await word("REJECT");
    await shows(1);
    const tall = await page
      .locator(".gs-word")
      .evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize));
    assert.ok(tall > 80, `${tall} px`);
    for (const picture of [".gs-picture", ".gs-overlay"])
      await page.waitForFunction((name) => document.querySelector<HTMLImageElement>(name)!.naturalWidth > 50, picture);
    await page.locator(".gs-rejects [data-number='1'] img").waitFor();
    if (!process.env.GOLDEN_SAMPLE_PICTURES) return;
    // The dashboard's own note that it can be installed.
    await page.getByText("Close", { exact: true }).click();
    await page.getByText("Close", { exact: true }).waitFor({ state: "hidden" });
    await page.screenshot({ path: join(ROOT, "docs", "images", "dashboard.png") });
  });

  it("blends the anomaly map over the picture, by keyboard too", async () => {
    const slider = page.locator(".gs-frame input[type=range]");
    await slider.press("Home");
    await page.waitForFunction(() => document.querySelector<HTMLElement>(".gs-overlay")!.style.opacity === "0");
    await slider.press("End");
    await page.waitForFunction(() => document.querySelector<HTMLElement>(".gs-overlay")!.style.opacity === "1");
  });

  it("sends what its buttons say of a part, and tells all pages of it", async () => {
    await press("defect");
    await said("part 1: Defect");
    await page.locator(".gs-rejects [data-number='1'][data-said=defect]").waitFor();
    await logged("the message came out", /\[debug:what was said\][\s\S]*defect/);
    await send(await black());
    await word("CHECK");
    await shows(2);
    await press("handled");
    await logged("it was handled", /\[debug:what was said\][\s\S]*handled/);
    const answer = await held(page, "**/1/picture");
    await page.locator(".gs-rejects [data-number='1']").click();
    await page.locator("[data-action=back]").waitFor();
    // Its picture is on its way: what is seen is the one before.
    await press("defect");
    await said("part 2: Defect");
    answer();
    await shows(1);
    await press("good");
    await said("part 1: Good");
    await press("back");
    await shows(2);
  });

  it("takes the verdict away when a picture cannot be inspected, and counts it", async () => {
    await send(Buffer.from("no picture"));
    await word("NOT INSPECTED");
    await page.locator(".gs-counts", { hasText: /not inspected\s*1/ }).waitFor();
  });

  it("shows what there is to a page that is opened later, and begins a new shift on order", async () => {
    const other = await browser.newPage({ locale: "de-DE" });
    await other.goto(new URL("dashboard/line1", nodeRed.url).href);
    await other.locator(".gs-word", { hasText: "NICHT GEPRÜFT" }).waitFor();
    for (const number of [2, 1]) await other.locator(`.gs-rejects [data-number='${number}'] img`).waitFor();
    await fetch(new URL(`inject/${shiftButton().id}`, nodeRed.url), { method: "POST" });
    await other.locator(".gs-counts", { hasText: /fehlerhaft\s*0/ }).waitFor();
    await other.close();
  });

  it("gives no picture but those of its parts, and takes nothing from a browser but its buttons", async () => {
    const pictures = new URL(`golden-sample/dashboard/${widget().id}/`, nodeRed.url);
    const status = async (path: string) => (await fetch(new URL(path, pictures))).status;
    assert.equal(await status("1/picture"), 200);
    for (const path of ["99/picture", "1/message", "../other/1/picture", "x/overlay"])
      assert.equal(await status(path), 404, path);
    const counts = await page.locator(".gs-counts").textContent();
    const emit = (message: object) =>
      page.evaluate(
        ([id, sent]) => {
          const { __vue_app__: app } = document.querySelector("#app") as unknown as Mounted;
          app._context.provides.$socket.emit("widget-action", id, sent);
        },
        [widget().id, message] as const,
      );
    await emit({ anomaly: { verdict: "ok", score: 0, threshold: 1 }, payload: "forged" });
    await said("something else than a button");
    await emit({ press: { number: 99, word: "good" } });
    await said("Part 99 is not kept any more");
    assert.equal(await page.locator(".gs-counts").textContent(), counts);
    await word("NOT INSPECTED");
  });

  it("has a dialog in the editor, and an example without a red triangle", async () => {
    const editor = await browser.newPage({ locale: "en-US", viewport: { width: 1400, height: 900 } });
    const heard = complaintsOf(editor);
    await editor.goto(nodeRed.url);
    await editor.locator(`[id="${widget().id}"]`).waitFor();
    const invalid = await editor.evaluate((flood) => {
      const { nodes } = (globalThis as unknown as Editor).RED;
      return nodes.filterNodes({}).flatMap(({ id, type, valid }) => (valid || id.startsWith(flood) ? [] : [type]));
    }, "flood");
    assert.deepEqual(invalid, []);
    await editor.evaluate((id) => {
      const { nodes, editor } = (globalThis as unknown as Editor).RED;
      editor.edit(nodes.node(id));
    }, widget().id);
    await editor.locator("#dialog-form", { hasText: "No verdict" }).waitFor();
    await editor.locator("#node-dialog-ok").click();
    await editor.locator("#dialog-form").waitFor({ state: "detached" });
    assert.deepEqual(heard, []);
    await editor.close();
  });

  it("at 10 pictures of 2 MB a second sends kilobytes over the socket, and one picture at a time over HTTP", async () => {
    const heard = { frames: 0, bytes: 0 };
    const visitor = await browser.newPage({ locale: "en-US", viewport: { width: 1280, height: 800 } });
    visitor.on("websocket", (socket) =>
      socket.on("framereceived", ({ payload }) => {
        heard.frames++;
        heard.bytes += payload.length;
      }),
    );
    visitor.setDefaultTimeout(120_000);
    await visitor.goto(new URL("dashboard/line1", nodeRed.url).href);
    await visitor.locator(".gs-word").waitFor();
    const before = { ...heard };
    const first = await newest(visitor);
    await fetch(new URL("inject/flood-start", nodeRed.url), { method: "POST" });
    await visitor.waitForFunction(
      (number) => Number(/part (\d+)/.exec(document.querySelector(".gs-why")!.textContent!)?.[1]) >= number,
      first + FRAMES,
    );
    const last = first + FRAMES;
    // The last one is shown, whatever was passed over.
    await visitor.locator(`.gs-frame[data-number='${last}']`).waitFor();
    const bytes = (heard.bytes - before.bytes) / FRAMES;
    const large = await visitor.evaluate(() =>
      performance.getEntriesByType("resource").flatMap((entry) => {
        const [, number] = /\/(\d+)\/picture$/.exec(entry.name) ?? [];
        return number ? [{ number: Number(number), from: entry.startTime, to: entry.startTime + entry.duration }] : [];
      }),
    );
    console.log(
      `      ${FRAMES} parts: ${Math.round(bytes)} bytes each over the socket, ${large.length} pictures over HTTP`,
    );
    assert.ok(bytes > 50 && bytes < 4000, `${bytes} bytes a part`);
    for (const [i, { number, from }] of large.entries()) {
      const before = large[i - 1];
      assert.ok(!before || (number > before.number && from >= before.to), "one at a time, and never an older one");
    }
    assert.ok(large.length < FRAMES, `${large.length} pictures`);
    await visitor.close();
    assert.deepEqual(complaints, []);
  });

  const widget = () => flow.find(({ type }) => type === "ui-golden-sample-inspection")!;
  const shiftButton = () => flow.find(({ name }) => name === "new shift")!;
  const black = () =>
    sharp({ create: { width: 640, height: 480, channels: 3, background: "#000" } })
      .jpeg()
      .toBuffer();

  async function newest(from: Page): Promise<number> {
    return Number(
      /(\d+)$/.exec((await from.locator(".gs-rejects [data-number]").first().getAttribute("data-number")) ?? "")![1],
    );
  }

  async function send(picture: Buffer): Promise<void> {
    const { status } = await fetch(new URL("line1/frame", nodeRed.url), {
      method: "POST",
      headers: { "Content-Type": "image/jpeg" },
      body: new Uint8Array(picture),
    });
    assert.equal(status, 202);
  }

  /** Ten messages a second to the widget, as a threshold node sends them, each with a picture of two megabytes. */
  async function flood(): Promise<FlowNode[]> {
    const file = join(folder, "large.jpg");
    const raw = { width: 2240, height: 1680, channels: 3 } as const;
    const picture = await sharp(randomBytes(raw.width * raw.height * 3), { raw })
      .jpeg({ quality: 75 })
      .toBuffer();
    assert.ok(picture.length > 2e6, `${picture.length} bytes`);
    await writeFile(file, picture);
    const on = { z: flow[0]!.id, x: 0, y: 900 };
    const func = `
      msg.anomaly = { verdict: msg.count % 10 ? "ok" : "anomaly", score: 0.1, threshold: 0.5, overlay: msg.payload };
      return msg;`;
    const repeat = `
      let count = 0;
      const timer = setInterval(() => {
        node.send({ count: ++count });
        if (count === ${FRAMES}) clearInterval(timer);
      }, 100);`;
    const code = { outputs: 1, timeout: 0, noerr: 0, initialize: "", finalize: "", libs: [] };
    return [
      { ...on, id: "flood-start", type: "inject", props: [], repeat: "", once: false, wires: [["flood-clock"]] },
      { ...on, ...code, id: "flood-clock", type: "function", func: repeat, wires: [["flood-read"]] },
      {
        ...on,
        ...{ id: "flood-read", type: "file in", filename: file, filenameType: "str", format: "", encoding: "none" },
        wires: [["flood-judge"]],
      },
      { ...on, ...code, id: "flood-judge", type: "function", func, wires: [[widget().id]] },
    ];
  }
});

interface Mounted {
  __vue_app__: { _context: { provides: { $socket: { emit: (...sent: unknown[]) => void } } } };
}
interface Shown {
  id: string;
  type: string;
  valid: boolean;
}
interface Editor {
  RED: {
    nodes: { filterNodes: (filter: object) => Shown[]; node: (id: string) => Shown };
    editor: { edit: (node: Shown) => void };
  };
}
