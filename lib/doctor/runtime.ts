import type { Patient, Section } from "./section";

/** Which runtime the engine took, and why. */
export async function runtime({ engine, backbone }: Patient): Promise<Section> {
  // The engine says what it runs on once it is up.
  const { runtime: placement } = await engine.call("describe", { backbone });
  const facts = engine.runtime ?? { name: placement.name, version: "unknown" };
  const library = facts.name === "native" ? "onnxruntime-node" : "onnxruntime-web, WebAssembly";
  const rows: Section["rows"] = [{ label: facts.name, text: `${library} ${facts.version}` }];
  const { reason } = facts;
  if (reason !== undefined) rows.push({ label: "not native", text: reason });
  const advice = reason === undefined ? [] : [`The native runtime is several times as fast: ${reason}`];
  return { name: "runtime", title: "Runtime", rows, data: facts, advice };
}
