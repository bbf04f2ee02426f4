import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import sharp from "sharp";
import { drawFigures } from "../../lib/evaluate/draw-figures";
import type { Evaluation, ScoredImage } from "../../lib/evaluate/evaluation";
import { byType, operatingPoints } from "../../lib/evaluate/report/breakdown";
import { calibratedOutcomes } from "../../lib/evaluate/report/calibrated";
import { escapeText, html } from "../../lib/evaluate/report/markup";
import { renderReport } from "../../lib/evaluate/report/report";
import { summarise } from "../../lib/evaluate/summary";
import { TruthReader } from "../../lib/evaluate/truth-reader";
import { verdictFigures } from "../../lib/evaluate/verdicts";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";

const EVIL = `<script>alert("x")</script>'&`;

describe("the report of an evaluation", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let draws: Evaluation[];

  /** A distance grid whose worst patches lie in the middle, where the mask is. */
  function scored(name: string, type: string, score: number, mask?: string): ScoredImage {
    const distances = new Float32Array(48).fill(score / 4);
    distances.fill(score, 20, 22);
    const path = join(folder.path, `${name}.jpg`);
    const sizes = { rows: 6, cols: 8, width: 160, height: 120, milliseconds: 5 };
    return { path, type, score, distances, ...sizes, ...(mask !== undefined && { masks: [mask] }) };
  }

  before(async () => {
    folder = temporaryFolder();
    const good = [0.1, 0.2, 0.5].map((score, i) => scored(`good & <${i}>`, "good", score));
    const mask = join(folder.path, "mask.png");
    const pixels = Buffer.alloc(160 * 120);
    for (let y = 40; y < 60; y++) pixels.fill(255, y * 160 + 80, y * 160 + 120);
    writeFileSync(
      mask,
      await sharp(pixels, { raw: { width: 160, height: 120, channels: 1 } })
        .png()
        .toBuffer(),
    );
    const bad = [0.15, 0.6, 0.7].map((score, i) => scored(`bad ${i}`, i === 0 ? EVIL : "dent", score, mask));
    const images = [...good, ...bad];
    mkdirSync(folder.path, { recursive: true });
    for (const [i, { path, type }] of images.entries())
      writeFileSync(path, await partJpeg({ seed: i + 1, scratch: type !== "good" }));
    const common = { object: EVIL, backbone: "tiny <b>", draw: "in order" as const, rotate: false };
    draws = [];
    for (const seed of [0, 1]) {
      draws.push({
        ...{
          ...common,
          shots: 2,
          seed,
          references: [],
          masking: "masking off",
          calibration: Array(99).fill(0.3),
          images,
          unreadable: [],
        },
        ...(await drawFigures(images, new TruthReader())),
      });
    }
  });
  after(() => folder.remove());

  const render = () => {
    const options = { title: EVIL, command: `golden-sample evaluate ${EVIL}`, created: new Date("2026-01-02") };
    return renderReport(draws, summarise(draws), options);
  };

  it("says how images were scored, and that a time without the features of earlier draws is no frame's", async () => {
    const page = await render();
    assert.match(page, /5 ms<\/b><span>an image, median, features of earlier draws taken over</);
    assert.match(page, /with lite and several references the worst 0\.5 %/);
    const options = { title: "one", command: "golden-sample evaluate", created: new Date("2026-01-02") };
    const one = await renderReport(draws.slice(0, 1), summarise(draws.slice(0, 1)), options);
    assert.match(one, /5 ms<\/b><span>an image, median, on the machine that made this</);
  });

  it("is one page that fetches nothing and runs nothing", async () => {
    const page = await render();
    assert.match(page, /^<!doctype html>/);
    assert.doesNotMatch(page, /<script|<link|@import|url\((?!#)|https?:\/\//i);
    const sources = [...page.matchAll(/\bsrc="([^"]{0,30})/g)].map(([, source]) => source!);
    // Three defects and three good parts.
    assert.equal(sources.length, 6);
    for (const source of sources) assert.match(source, /^data:image\/jpeg;base64,\/9j\//);
    assert.ok(page.length < 400_000, `${page.length} characters`);
  });

  it("escapes every word that is not its own", async () => {
    const page = await render();
    assert.ok(!page.includes(EVIL) && !page.includes("tiny <b>") && !page.includes("good & <0>"));
    assert.ok(
      page.includes(escapeText(EVIL)) && page.includes("tiny &lt;b&gt;") && page.includes("good &amp; &lt;0&gt;"),
    );
    assert.equal(
      html`<i title="${'"<'}">${["a", html`<b>${"&"}</b>`]}${undefined}</i>`.text,
      '<i title="&quot;&lt;">a<b>&amp;</b></i>',
    );
  });

  it("shows figures, curves, and the cases that went wrong, worst first", async () => {
    const page = await render();
    for (const words of ["image AUROC", "AUPRO", "Kinds of defects", "Thresholds from the references alone"])
      assert.ok(page.includes(words), words);
    assert.equal([...page.matchAll(/<svg viewBox="0 0 420 280"/g)].length, 4);
    const captions = [...page.matchAll(/<figcaption><b>([\d.]+)<\/b> (.*?)<br>/g)].map(
      ([, score, words]) => `${score} ${words}`,
    );
    assert.deepEqual(captions, [
      `0.150 ${escapeText(EVIL)} · missed`,
      "0.600 dent · found",
      "0.700 dent · found",
      "0.500 good · passed",
      "0.200 good · passed",
      "0.100 good · passed",
    ]);
  });

  it("knows the kinds of defects, and what thresholds would find", () => {
    const [draw] = draws as [Evaluation, ...Evaluation[]];
    assert.deepEqual(
      byType(draw).map(({ type, images, auroc, found }) => [type, images, auroc, found]),
      [
        [EVIL, 1, 1 / 3, 0],
        ["dent", 2, 1, 2],
      ],
    );
    assert.deepEqual(
      operatingPoints(draw).map(({ found }) => found),
      Array(4).fill(2 / 3),
    );
    // Balanced, and three rates: ninety-nine references of the same score promise even one percent.
    assert.deepEqual(
      calibratedOutcomes(draws).map(({ asked, rejected, found }) => [asked, rejected, found]),
      [undefined, 0.01, 0.05, 0.1].map((asked) => [asked, 1 / 3, 2 / 3]),
    );
    assert.deepEqual(calibratedOutcomes([{ ...draw, shots: 1 }]), []);
  });

  it("counts parts on which something is missing as found, as the figures of the same threshold do", () => {
    const [draw] = draws as [Evaluation, ...Evaluation[]];
    const images = draw.images.map((image) => ({ ...image, isMissing: image.score < 0.3 }));
    const { rejects, escapes } = verdictFigures({ ...draw, images });
    const [balanced] = calibratedOutcomes([{ ...draw, images }]);
    assert.deepEqual([balanced!.rejected, balanced!.found], [rejects, 1 - escapes!]);
  });

  it("counts pixels only where there are masks, and says how many there are", async () => {
    const [draw] = draws as [Evaluation, ...Evaluation[]];
    assert.deepEqual(draw.masks, { there: 3, defective: 3, unusable: [] });
    assert.deepEqual(draw.notes, []);
    assert.ok(draw.pixelAuroc! > 0.8 && draw.aupro! > 0.5, `${draw.pixelAuroc} ${draw.aupro}`);
    const without = await drawFigures(
      draw.images.map(({ masks: _, ...image }) => image),
      new TruthReader(),
    );
    assert.deepEqual([without.masks.there, without.pixelAuroc, without.notes], [0, undefined, []]);
  });

  it("leaves images out of the pixel-level figures whose mask is missing or cannot be used, and says so", async () => {
    const [draw] = draws as [Evaluation, ...Evaluation[]];
    const empty = join(folder.path, "empty.png");
    const black = { width: 160, height: 120, channels: 3 as const, background: "black" };
    writeFileSync(empty, await sharp({ create: black }).png().toBuffer());
    writeFileSync(join(folder.path, "rubbish.png"), "rubbish");
    const [, , , first, ...others] = draw.images;
    const bad = (masks?: string[], width = 160): ScoredImage => {
      const { masks: _, ...image } = { ...first!, width };
      return { ...image, ...(masks && { masks }) };
    };
    const unusable = [bad([empty]), bad([join(folder.path, "rubbish.png")]), bad([...first!.masks!], 80)];
    const found = await drawFigures([...draw.images.slice(0, 3), ...others, bad(), ...unusable], new TruthReader());
    assert.deepEqual([found.masks.there, found.masks.defective, found.masks.unusable.length], [2, 6, 3]);
    const [missing, ...reasons] = found.notes;
    assert.match(missing!, /^1 of 6 defective images has no mask and is in no pixel-level figure: .*bad 0\.jpg$/);
    for (const [i, reason] of [/marks nothing/, /cannot be read\..*it is text/, /must be of the same size/].entries())
      assert.match(reasons[i]!, reason);
    const alone = await drawFigures([...draw.images.slice(0, 3), ...others], new TruthReader());
    assert.deepEqual([found.aupro, found.pixelAuroc], [alone.aupro, alone.pixelAuroc]);
  });

  it("has no figure and no chart with coordinates from nothing where good or defective images are missing", async () => {
    const [draw] = draws as [Evaluation, ...Evaluation[]];
    for (const [images, missing] of [
      [draw.images.slice(0, 3), /no defective test image in test\/&lt;type&gt;/],
      [draw.images.slice(3), /no good test image in test\/good/],
      [[], /no good and no defective test image/],
    ] as const) {
      const { object, backbone, draw: rule, rotate, shots, seed, references, masking, calibration } = draw;
      const scoredDraw = { object, backbone, draw: rule, rotate, shots, seed, references, masking, calibration };
      const judged = {
        ...scoredDraw,
        images: [...images],
        unreadable: [],
        ...(await drawFigures(images, new TruthReader())),
      };
      assert.deepEqual(
        [judged.imageAuroc, judged.averagePrecision, judged.f1Max, judged.f1Threshold],
        Array(4).fill(undefined),
      );
      const summaries = summarise([judged]);
      const page = await renderReport([judged], summaries, { title: "t", command: "c", created: new Date(0) });
      assert.doesNotMatch(page, /NaN|Infinity|undefined/);
      assert.match(page, missing);
    }
  });
});
