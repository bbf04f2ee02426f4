import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { buildBank } from "../flow/harness";
import { command } from "../support/command";
import { temporaryFolder } from "../support/temporary";

describe("golden-sample banks", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const at = (...parts: string[]) => join(folder.path, ...parts);

  before(async () => {
    folder = temporaryFolder();
    await buildBank(at("banks"), "part", 3);
    await buildBank(at("banks"), "part", 1, 9);
    await buildBank(at("banks"), "lid", 2, 20);
  });
  after(() => folder.remove());

  async function banks(...args: string[]) {
    const { status, lines, stderr } = await command("banks", ...args, "--banks", at("banks"), "--json");
    return { status, stderr, records: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
  }
  const inUse = async () =>
    (await banks("list", "part")).records.filter((record) => record.inUse).map(({ version }) => version);

  it("lists banks and versions, and takes one into use", async () => {
    const all = await banks("list");
    assert.deepEqual([all.status, all.stderr], [0, ""]);
    assert.deepEqual(
      all.records.map(({ bank, version, versions }) => [bank, version, versions]),
      [
        ["lid", 1, 1],
        ["part", 2, 2],
      ],
    );
    assert.deepEqual(await inUse(), [2]);
    assert.equal((await banks("use", "part", "1")).status, 0);
    assert.deepEqual(await inUse(), [1]);
    assert.equal((await banks("undo", "part")).records[0]!.undone, "use");
    assert.deepEqual(await inUse(), [2]);
    const last = (await banks("log", "part")).records.slice(-2);
    assert.deepEqual(
      last.map(({ action, before, after }) => [action, before, after]),
      [
        ["use", 2, 1],
        ["undo", 1, 2],
      ],
    );
    assert.match(String(last[0]!.by), /\(command line\)$/);
  });

  it("works for a user that the system has no name for, as containers have them", async () => {
    const { userInfo } = os;
    os.userInfo = () => {
      throw new Error("uv_os_get_passwd returned ENOENT");
    };
    try {
      for (const version of ["1", "2"]) {
        const { status, stderr } = await banks("use", "part", version);
        assert.deepEqual([status, stderr], [0, ""]);
      }
    } finally {
      os.userInfo = userInfo;
    }
    assert.match(String((await banks("log", "part")).records.at(-1)!.by), /^user \d+ \(command line\)$/);
  });

  it("compares, exports, imports and deletes", async () => {
    const [comparison] = (await banks("compare", "part", "1", "2")).records;
    const { versions, scores } = comparison as { versions: { references: number }[]; scores: { scores: number[] }[] };
    assert.deepEqual(
      versions.map(({ references }) => references),
      [3, 4],
    );
    assert.equal(scores.length, 4);
    assert.ok(scores.every(({ scores: [a, b] }) => a! > 0 && b! > 0));
    assert.equal((await banks("export", "part", "1", "--out", at("one.safetensors"), "--no-frames")).status, 0);
    assert.deepEqual(readFileSync(at("one.safetensors")), readFileSync(at("banks", "part", "1.safetensors")));
    const taken = await banks("import", "part", at("one.safetensors"));
    assert.deepEqual([taken.records[0]!.imported, taken.records[0]!.version], [3, 2]);
    assert.match((taken.records[0]!.needs as { words: string }).words, /built-in backbone lite/);
    assert.equal((await banks("import", "part", at("one.safetensors"), "--use")).records[0]!.version, 4);
    const [whole] = (await banks("export", "part", "1", "--out", at("whole.safetensors"))).records;
    assert.deepEqual(whole!.frames, { references: 4, accepted: 0, defects: 0 });
    assert.deepEqual((await banks("import", "moved", at("whole.safetensors"))).records[0]!.frames, {
      ...(whole!.frames as object),
      kept: true,
      words: "With it came 4 references.",
    });
    assert.equal((await banks("delete", "part", "3")).status, 0);
    const refused = await banks("delete", "part", "4");
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /in use/);
  });

  it("says in one line what is wrong, and how it is called", async () => {
    writeFileSync(at("rubbish.safetensors"), "rubbish");
    for (const wrong of [
      ["use", "part", "77"],
      ["import", "part", at("rubbish.safetensors")],
      ["export", "nobody", "--out", at("x.safetensors")],
    ]) {
      const { status, stderr } = await banks(...wrong);
      assert.equal(status, 1, wrong.join(" "));
      assert.match(stderr, /^golden-sample: [^\n]*: [^\n]*\.\n$/);
    }
    for (const wrong of [
      [],
      ["dance"],
      ["use", "part"],
      ["use", "part", "one"],
      ["export", "part"],
      ["list", "../x"],
    ]) {
      const { status, stderr } = await banks(...wrong);
      assert.equal(status, 2, wrong.join(" "));
      assert.match(stderr, /^golden-sample: .*\.\n\ngolden-sample <command>/);
    }
  });
});
