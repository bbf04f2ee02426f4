import { type Engine, expandImages } from "../lib";
import { type Arguments, backboneOf, settingsOf, withoutBank, written } from "./arguments";
import type { Output } from "./output";
import { createResultFiles } from "./result-files";
import { UsageError } from "./usage";

/**
 * Scores images against one another (batched zero-shot); no references are needed, only that most parts are good.
 * @returns the exit code: 1 where an image could not be read or its mask left nothing to look at, the others being compared all the same
 */
export async function batch(engine: Engine, { values, operands }: Arguments, output: Output): Promise<number> {
  if (operands.length === 0) throw new UsageError("batch needs images, or folders of them.");
  if (values.references !== undefined || values.bank !== undefined)
    throw new UsageError("batch takes no references and no bank: use score for that.");
  const unused = withoutBank(values);
  if (unused.length > 0) throw new UsageError(`batch has no bank: leave out ${written(unused)}.`);
  const { mask, smallest } = settingsOf(values);
  const { distances, overlay } = values;
  const images = await expandImages(operands, output.note);
  const write = await createResultFiles(images, { distances, overlay });
  const { results } = await engine.call(
    "batch",
    {
      images: images.map((path) => ({ image: { kind: "path", path } })),
      backbone: backboneOf(values),
      foreground: mask,
      smallest,
      map: distances !== undefined,
      overlay: overlay !== undefined,
    },
    { onProgress: output.progress("comparing") },
  );
  let failures = 0;
  for (const [i, result] of results.entries()) {
    const image = images[i]!;
    if ("error" in result) {
      failures++;
      output.record({ image, error: result.error.message }, `unreadable  ${image}: ${result.error.message}`);
      continue;
    }
    const { score, grid, timing, health, mask: look } = result;
    if (health?.cause === "masked") {
      failures++;
      const json = { image, error: health.reason, unlike: health.cause, coverage: look.coverage };
      output.record(json, `not inspected  ${image}: ${health.reason}`);
      continue;
    }
    const json = { image, score, grid: [grid.rows, grid.cols], timing, ...(await write(i, result)) };
    output.record(json, `${score.toFixed(6)}  ${image}`);
  }
  return failures > 0 ? 1 : 0;
}
