import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { initialState } from "../../lib/station/initial-state";
import { memoryOf, type StationMemory } from "../../lib/station/memory";
import { StationMemoryFile } from "../../lib/station/memory-file";
import { temporaryFolder } from "../support/temporary";

describe("the file of what a station remembers", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let path: string;
  beforeEach(() => {
    folder = temporaryFolder();
    path = join(folder.path, "station.json");
  });
  afterEach(() => folder.remove());

  const memory = (nextId: number, results = 0): StationMemory => ({
    ...memoryOf(initialState(0)),
    nextId,
    results: Array.from({ length: results }, (_, id) => ({
      ...{ id, partId: `part ${id}`, recipe: 1, kind: "fail" as const, code: 0, score: 1.5, threshold: 0.1 + id },
    })),
  });
  const read = () => new StationMemoryFile(path).read();
  /** Spoils the place written last, as a power cut in the middle of a write does. */
  function tear(): void {
    const bytes = readFileSync(path);
    const half = bytes.length / 2;
    const sequence = (at: number) =>
      Number(/^\{"sequence":(\d+)/.exec(bytes.subarray(at, at + half).toString())?.[1] ?? -1);
    const at = sequence(0) > sequence(half) ? 0 : half;
    bytes.fill("x", at + 60, at + half);
    writeFileSync(path, bytes);
  }

  it("has what was written last, and is the only one", async () => {
    assert.equal(read(), undefined);
    const file = new StationMemoryFile(path);
    for (let id = 1; id <= 5; id++) {
      await file.write(memory(id, id));
      assert.deepEqual(read(), memory(id, id));
    }
    assert.deepEqual(readdirSync(folder.path), ["station.json"]);
  });

  it("is written over in place, and anew where it has gone or has become too small", async () => {
    const file = new StationMemoryFile(path);
    await file.write(memory(1));
    const size = readFileSync(path).length;
    await file.write(memory(2));
    assert.equal(readFileSync(path).length, size);
    await file.write(memory(3, 1000));
    assert.deepEqual(read(), memory(3, 1000));
    rmSync(path);
    await file.write(memory(4));
    assert.deepEqual(read(), memory(4));
  });

  it("has the state before where a write was cut short, and keeps it until the next is whole", async () => {
    const file = new StationMemoryFile(path);
    for (const id of [1, 2, 3]) await file.write(memory(id));
    tear();
    const restarted = new StationMemoryFile(path);
    assert.deepEqual(restarted.read(), memory(2));
    await restarted.write(memory(7));
    assert.deepEqual(read(), memory(7));
    tear();
    assert.deepEqual(read(), memory(2), "the torn place was written over, not the whole one");
  });

  it("is read as versions before have written it, and says where it cannot be read", async () => {
    writeFileSync(path, JSON.stringify(memory(12, 2)));
    const file = new StationMemoryFile(path);
    assert.deepEqual(file.read(), memory(12, 2));
    await file.write(memory(13));
    assert.deepEqual(read(), memory(13));
    writeFileSync(path, "{ damaged");
    assert.throws(read, /cannot be read: restore it, or delete it/);
  });
});
