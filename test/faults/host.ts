import { EngineClient } from "../../lib/engine/supervisor/client";
import { partJpeg } from "../support/pictures";

/** Stands in for Node-RED's process: runs an engine that is always in the middle of a long native run. */
async function main(): Promise<void> {
  const engine = new EngineClient();
  const backbone = { model: "texture", resolution: 1200 };
  const inspect = async (seed: number) => {
    const image = { kind: "encoded" as const, data: await partJpeg({ seed }) };
    return engine.call("mask", { image, backbone, foreground: "off" });
  };
  await inspect(0);
  console.log(engine.pid);
  for (let seed = 1; ; seed++) await inspect(seed);
}

if (process.argv[2] === "run") void main();
