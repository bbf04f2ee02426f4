import { EngineClient } from "../../lib/engine/supervisor/client";
import { median } from "../../lib/median";
import type { Scenario } from "../scenario";

/** References of the bank that is built meanwhile; with rotations there are eight times as many images. */
const REFERENCES = 4;

/** How much later frames are while a bank is being built: coreset, rotations and leave-one-out included. */
export const building: Scenario = {
  name: "building",
  about: "frames while a bank is being built against frames alone",
  bars: [
    { figure: "medianRatio", what: "a frame while a bank is built / alone", atMost: 2 },
    { figure: "worstRatio", what: "the latest frame while a bank is built / a frame alone", atMost: 3 },
  ],
  async run(setting) {
    const engine = new EngineClient();
    try {
      const inspect = async () => (await engine.call("score", await setting.scoreRequest())).timing.total;
      for (let i = 0; i < 3; i++) await inspect();
      const alone: number[] = [];
      for (let i = 0; i < setting.rounds; i++) alone.push(await inspect());
      const references: { kind: "encoded"; data: Buffer }[] = [];
      for (let i = 0; i < REFERENCES; i++) references.push({ kind: "encoded", data: await setting.part() });
      let isBuilding = true;
      const build = engine
        .call("build", {
          bank: { file: `${setting.folder}/meanwhile.safetensors` },
          backbone: setting.backbone,
          settings: { rotate: true, reduction: { method: "coreset", keep: 0.1 } },
          references,
        })
        .finally(() => {
          isBuilding = false;
        });
      const meanwhile: number[] = [];
      while (isBuilding) meanwhile.push(await inspect());
      const { milliseconds } = await build;
      const typical = median(alone);
      return {
        alone: typical,
        meanwhile: median(meanwhile),
        worst: Math.max(...meanwhile),
        frames: meanwhile.length,
        buildSeconds: milliseconds / 1000,
        medianRatio: median(meanwhile) / typical,
        worstRatio: Math.max(...meanwhile) / typical,
        // What the machine's other work makes of a frame alone.
        worstAloneRatio: Math.max(...alone) / typical,
      };
    } finally {
      engine.close();
    }
  },
};
