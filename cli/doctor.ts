import { type Engine, examine, type Section } from "../lib";
import { type Arguments, backboneOf, whole } from "./arguments";
import type { Output } from "./output";
import { UsageError } from "./usage";

/**
 * Says what this machine inspects with, how fast that is, and what would make it faster.
 * @returns the exit code: 1 where it cannot inspect at all
 */
export async function doctor(engine: Engine, { values, operands }: Arguments, output: Output): Promise<number> {
  if (operands.length > 0) throw new UsageError(`doctor takes no operands: ${operands.join(" ")}`);
  const smallest = values.smallest === undefined ? undefined : whole("smallest", values.smallest);
  const { sections, works } = await examine({
    engine,
    backbone: backboneOf(values),
    rate: rateOf(values.rate),
    smallest,
  });
  const data = Object.fromEntries(sections.map((section) => [section.name, section.data]));
  const advice = sections.flatMap((section) => section.advice);
  const texts = sections.map(show);
  if (advice.length > 0) texts.push(["For more speed", ...advice.map((sentence) => `  ${sentence}`)].join("\n"));
  output.record({ works, ...data, advice }, texts.join("\n\n"));
  return works ? 0 : 1;
}

function rateOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rate = Number(text);
  if (rate > 0 && rate <= 1000) return rate;
  throw new UsageError(`--rate takes frames a second, above 0 and up to 1000, not "${text}".`);
}

function show({ title, rows }: Section): string {
  const width = Math.max(...rows.map(({ label }) => label.length));
  return [title, ...rows.map(({ label, text }) => `  ${label.padEnd(width)}  ${text}`)].join("\n");
}
