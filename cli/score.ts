import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Engine, expandImages, GoldenSampleError } from "../lib";
import { type Arguments, backboneOf, settingsOf } from "./arguments";
import type { Output } from "./output";
import { createResultFiles } from "./result-files";
import { UsageError } from "./usage";

/**
 * Scores images against a bank file, or against references given on the spot.
 * @returns the exit code: 1 where an image could not be read or its mask left nothing to look at, the others being scored all the same
 */
export async function score(engine: Engine, { values, operands }: Arguments, output: Output): Promise<number> {
  const { references, bank: bankFile, distances, overlay } = values;
  if ((references === undefined) === (bankFile === undefined))
    throw new UsageError("score needs either --references or --bank.");
  if (operands.length === 0) {
    // A folder that is mistyped was no folder, and so took the images after it for more references.
    if (references && references.length > 1) await expandImages(references, output.note);
    throw new UsageError("score needs at least one image.");
  }
  const [backbone, settings] = [backboneOf(values), settingsOf(values)];
  const images = await expandImages(operands, output.note);
  const write = await createResultFiles(images, { distances, overlay });

  const file = bankFile ?? join(tmpdir(), `golden-sample-${randomBytes(6).toString("hex")}.safetensors`);
  let failures = 0;
  try {
    if (references) {
      const sources = (await expandImages(references, output.note)).map((path) => ({ kind: "path" as const, path }));
      await engine.call(
        "build",
        { bank: { file }, backbone, settings, references: sources },
        { onProgress: output.progress("building the bank") },
      );
    }
    for (const [i, image] of images.entries()) {
      try {
        const result = await engine.call("score", {
          image: { kind: "path", path: image },
          backbone,
          bank: { file },
          map: distances !== undefined,
          overlay: overlay !== undefined,
        });
        const {
          score: value,
          missing,
          grid,
          timing,
          health,
          mask,
          image: { pages },
        } = result;
        if (health?.cause === "masked") {
          failures++;
          const json = { image, error: health.reason, unlike: health.cause, coverage: mask.coverage };
          output.record(json, `not inspected  ${image}: ${health.reason}`);
          continue;
        }
        if (pages !== undefined)
          output.note(`${image} has ${pages} pages or frames: the first was looked at, the others were not.`);
        const unlike = health?.state === "unlike" && { unlike: health.cause };
        const said = unlike && `unlike the references: ${health.reason}`;
        output.record(
          {
            ...{ image, score: value, grid: [grid.rows, grid.cols], timing },
            ...(missing && { missing }),
            ...unlike,
            ...(await write(i, result)),
          },
          [value.toFixed(6), image, said, missing?.over && "something is missing"].filter(Boolean).join("  "),
        );
      } catch (thrown) {
        // Only the image's own fault is passed over; a bank or backbone that cannot be used ends the command.
        if (!(thrown instanceof GoldenSampleError) || thrown.code !== "BAD_IMAGE") throw thrown;
        failures++;
        output.record({ image, error: thrown.message }, `unreadable  ${image}: ${thrown.message}`);
      }
    }
  } finally {
    if (references) await rm(file, { force: true });
  }
  return failures > 0 ? 1 : 0;
}
