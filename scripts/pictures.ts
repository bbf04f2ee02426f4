import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import sharp from "sharp";
import { acquireEngine } from "../lib";
import { startBroker } from "./demo/broker";
import { renderedDataset } from "./demo/dataset";
import { ROOT, startLine } from "./demo/line";
import { renderPart } from "./demo/part";

/**
 * Makes the README's pictures from the project itself: `node dist/scripts/pictures.js`, with Chromium installed.
 */
const IMAGES = join(ROOT, "docs", "images");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const { references } = renderedDataset({ references: 8, frames: 1 });

async function main(): Promise<void> {
  await mkdir(IMAGES, { recursive: true });
  await overlayPicture();
  await flowPicture();
}

/** A good part, and two defects beside their overlays. */
async function overlayPicture(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "golden-sample-pictures-"));
  const engine = acquireEngine({ device: "auto" });
  try {
    const bank = { file: join(folder, "part.safetensors") };
    const backbone = { model: "lite", resolution: 320 };
    const images = await Promise.all(references.map((frame) => frame.bytes()));
    const sources = images.map((data) => ({ kind: "encoded" as const, data }));
    await engine.call("build", { bank, backbone, settings: {}, references: sources });
    const parts = [
      await renderPart(3001, "scratch"),
      await renderPart(3002, "missing_screw"),
      await renderPart(3003, "chipped_edge"),
    ];
    const [width, height, gap] = [420, 315, 8];
    const tiles: sharp.OverlayOptions[] = [];
    for (const [column, data] of parts.entries()) {
      const { overlay } = await engine.call("score", {
        image: { kind: "encoded", data },
        backbone,
        bank,
        overlay: true,
      });
      for (const [row, picture] of [data, overlay!].entries()) {
        const input = await sharp(picture).resize(width, height).toBuffer();
        tiles.push({ input, left: column * (width + gap), top: row * (height + gap) });
      }
    }
    const size = { width: parts.length * (width + gap) - gap, height: 2 * (height + gap) - gap };
    await sharp({ create: { ...size, channels: 3, background: "#ffffff" } })
      .composite(tiles)
      .jpeg({ quality: 85 })
      .toFile(join(IMAGES, "overlay.jpg"));
  } finally {
    engine.release();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The example flow in Node-RED's editor, after it has learnt and judged a frame. */
async function flowPicture(): Promise<void> {
  const broker = await startBroker();
  const line = await startLine({ brokerPort: broker.port, references: references.length });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    for (const [i, frame] of references.entries()) await line.camera.inspect(`r${i}`, await frame.bytes(), 120_000);
    const page = await browser.newPage({ viewport: { width: 1500, height: 720 } });
    await page.goto(line.nodeRed.url);
    await page.waitForSelector(".red-ui-palette-node[data-palette-type=anomaly-score]", { state: "attached" });
    // Statuses come over the socket: a frame judged now shows on every node.
    await page.waitForTimeout(2000);
    await line.camera.inspect("picture", await renderPart(3001, "scratch"), 30_000);
    await page.waitForTimeout(1500);
    await page.evaluate("RED.actions.invoke('core:toggle-sidebar')");
    await page.evaluate("document.querySelector('[data-palette-type=anomaly-threshold]').scrollIntoView()");
    await page.waitForTimeout(500);
    await writeFile(join(IMAGES, "flow.png"), await page.screenshot());
  } finally {
    await browser.close();
    await line.close();
    await broker.close();
  }
}

void main();
