import assert from "node:assert/strict";
import { sentence } from "../../lib";
import { Lifetime } from "../../nodes/shared/lifetime";
import type { RunningNode } from "../../nodes/shared/node-red";
import { StatusLight } from "../../nodes/shared/status-light";

describe("a node's status", () => {
  it("is put into words only where it is shown, the last of many changes", async () => {
    const life = new Lifetime();
    const translated: string[] = [];
    const shown: string[] = [];
    let tellShown: () => void = () => undefined;
    const node = {
      status: ({ text }: { text: string }) => {
        shown.push(text);
        tellShown();
      },
    } as unknown as RunningNode;
    const translator = {
      _: (id: string, values: Record<string, string> = {}) => {
        translated.push(`${id} ${Object.values(values).join()}`);
        return `part ${values.part}`;
      },
    };
    const light = new StatusLight(translator, node, life);
    light.ready([sentence`[partShown] part ${{ part: 1 }}`]);
    const second = new Promise<void>((resolve) => {
      tellShown = resolve;
    });
    for (let part = 2; part <= 20; part++) light.ready([sentence`[partShown] part ${{ part }}`]);
    await second;
    await life.close();
    assert.deepEqual([shown, translated.length, light.changes], [["part 1", "part 20"], 2, 20]);
  });
});
