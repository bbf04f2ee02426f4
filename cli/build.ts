import { type Engine, expandImages } from "../lib";
import { type Arguments, backboneOf, settingsOf } from "./arguments";
import type { Output } from "./output";
import { UsageError } from "./usage";

/** Builds a memory bank from images of good parts and writes it as one file. */
export async function build(engine: Engine, { values, operands }: Arguments, output: Output): Promise<number> {
  const { references, out } = values;
  if (references === undefined || out === undefined) throw new UsageError("build needs --references and --out.");
  if (operands.length > 0) throw new UsageError(`build takes no images besides --references: ${operands.join(" ")}`);
  const [spec, settings] = [backboneOf(values), settingsOf(values)];
  const sources = (await expandImages(references, output.note)).map((path) => ({ kind: "path" as const, path }));
  const result = await engine.call(
    "build",
    { bank: { file: out }, backbone: spec, settings, references: sources },
    { onProgress: output.progress("building the bank") },
  );
  const { references: count, patches, dimension, backbone, mask, calibration, milliseconds } = result;
  output.record(
    { out, references: count, patches, dimension, backbone, mask, calibration, milliseconds },
    `${out}: ${patches} patches of ${dimension} from ${count} references (${backbone}); ${mask.reason}; ` +
      (calibration.length > 0
        ? `${count > 1 ? "leave-one-out scores" : "scores of altered copies"} up to ${Math.max(...calibration).toFixed(4)}`
        : "no reference could be scored against the others"),
  );
  return 0;
}
