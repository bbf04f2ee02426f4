import type { Engine } from "../lib";
import { type Arguments, backboneOf } from "./arguments";
import type { Output } from "./output";
import { UsageError } from "./usage";

/** Loads a backbone and prints how it is run; what is printed can be given back, in part, as --description. */
export async function backbone(engine: Engine, { values, operands }: Arguments, output: Output): Promise<number> {
  if (operands.length > 0) throw new UsageError(`backbone takes no operands: ${operands.join(" ")}`);
  const info = await engine.call("describe", { backbone: backboneOf(values) });
  const lines = Object.entries(info).map(([key, value]) => {
    return `${key.padEnd(18)} ${typeof value === "string" ? value : JSON.stringify(value)}`;
  });
  if (info.size.kind === "fixed") lines.push("--resolution has no effect: whole images are resized to the fixed size");
  output.record(info, lines.join("\n"));
  return 0;
}
