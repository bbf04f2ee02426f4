import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import { createInspector, type Inspector } from "../../lib/inspector";
import { partJpeg } from "../support/pictures";
import { refusal } from "../support/refusal";
import { temporaryFolder } from "../support/temporary";

describe("an inspector", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let good: Buffer[];
  const { TMPDIR } = process.env;
  const open: Inspector[] = [];

  const inspector = async (options: Parameters<typeof createInspector>[0]) => {
    const made = await createInspector({ resolution: 112, ...options });
    open.push(made);
    return made;
  };

  before(async () => {
    folder = temporaryFolder();
    good = await Promise.all(Array.from({ length: 6 }, (_, i) => partJpeg({ seed: i + 1 })));
  });
  afterEach(async () => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    for (const each of open.splice(0)) await each.close();
  });
  after(() => folder.remove());

  it("judges by the threshold of the bank that scored, where its file was built anew since", async () => {
    const bank = join(folder.path, "part.safetensors");
    const first = await inspector({ references: good.slice(0, 5), bank });
    const second = await inspector({ references: good.slice(0, 3), bank, settings: { rotate: true } });
    assert.notEqual(second.threshold!.threshold, first.threshold!.threshold);
    const { score, threshold } = await first.inspect(good[5]!);
    assert.deepEqual({ score, threshold }, pick(await second.inspect(good[5]!)));
    assert.equal(threshold, second.threshold!.threshold);
  });

  it("keeps to the threshold that was given, whatever the bank's is", async () => {
    const fixed = await inspector({ references: good.slice(0, 3), threshold: 1e9 });
    const { verdict, threshold } = await fixed.inspect(good[5]!);
    assert.deepEqual({ verdict, threshold }, { verdict: "ok", threshold: 1e9 });
    assert.equal(fixed.threshold, undefined);
  });

  it("takes a deadline that never comes for none", async () => {
    const made = await inspector({ references: good.slice(0, 3) });
    for (const deadline of [Number.POSITIVE_INFINITY, 2 ** 31]) {
      const { score } = await made.inspect(good[5]!, { deadline });
      assert.ok(score > 0);
    }
  });

  it("answers the images that are under way when it is closed, and none after them", async () => {
    const made = await inspector({ references: good.slice(0, 3) });
    const inspections = good.map((image) => made.inspect(image));
    const closed = made.close();
    await refusal(made.inspect(good[0]!), "ENGINE_CLOSED");
    assert.equal((await Promise.all(inspections)).length, good.length);
    await closed;
  });

  it("leaves no folder behind where its memory is refused", async function () {
    // Elsewhere the folder of temporary files goes by another name.
    if (process.platform === "win32") this.skip();
    process.env.TMPDIR = join(folder.path, "tmp");
    mkdirSync(process.env.TMPDIR);
    await refusal(createInspector({ references: good, memory: 100 }), "BAD_REQUEST");
    assert.deepEqual(readdirSync(process.env.TMPDIR), []);
  });
});

const pick = ({ score, threshold }: { score: number; threshold: number }) => ({ score, threshold });
