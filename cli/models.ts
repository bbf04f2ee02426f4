import { type ModelState, ModelStore } from "../lib";
import { type Arguments, modelsDirectory } from "./arguments";
import type { Output } from "./output";
import { UsageError } from "./usage";

/**
 * Lists, downloads, imports and verifies models. It needs no engine, so that a machine on which inference does not run
 * can download for one on which it does.
 */
export async function models({ values, operands }: Arguments, output: Output): Promise<number> {
  const [action, name, file, ...rest] = operands;
  const directory = action === "download" && values.out !== undefined ? values.out : modelsDirectory(values);
  const store = new ModelStore({ directory, mirror: values.mirror });
  const wanted = action === "list" ? 1 : action === "import" ? 3 : 2;
  if (operands.length !== wanted || rest.length > 0)
    throw new UsageError("models takes list, download NAME, import NAME FILE or verify NAME.");
  switch (action) {
    case "list":
      for (const model of await store.list()) output.record(model, describe(model));
      return 0;
    case "download": {
      const show = output.progress(`downloading ${name}, MB`);
      const onProgress = ({ done, total }: { done: number; total: number }) =>
        show({ done: Math.floor(done / 1e6), total: Math.ceil(total / 1e6) });
      const { path, entry } = await store.ensure(name!, { onProgress });
      return tell("there", path, entry.sha256);
    }
    case "import": {
      const { path, entry } = await store.import(name!, file!);
      return tell("imported", path, entry.sha256);
    }
    case "verify": {
      const { path, entry } = await store.verify(name!);
      return tell("verified", path, entry.sha256);
    }
    default:
      throw new UsageError(`models has no action "${action}".`);
  }

  function tell(state: string, path: string, sha256: string): number {
    output.record({ name, state, path, sha256 }, `${name} ${state}: ${path} (SHA-256 ${sha256})`);
    return 0;
  }
}

function describe(model: ModelState): string {
  const { name, bytes, onDisk, partial, licence, patchSize, dimension, speeds } = model;
  const place = onDisk ? "on disk" : partial ? `${Math.floor((100 * partial) / bytes)} % there` : "not here";
  const facts = [
    `${(bytes / 1e6).toFixed(1)} MB`,
    place,
    licence ?? "licence unknown",
    patchSize === undefined ? "" : `patch ${patchSize}`,
    dimension === undefined ? "" : `dimension ${dimension}`,
    ...speeds.map((speed) => `${speed.milliseconds.toFixed(0)} ms at ${speed.resolution} px on ${speed.device}`),
    model.default ? "default" : "",
  ];
  return `${name.padEnd(20)} ${facts.filter(Boolean).join(", ")}`;
}
