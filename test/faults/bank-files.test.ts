import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { GoldenSampleError } from "../../lib/errors";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";
import { eventually } from "./eventually";
import { FrameStream } from "./frame-stream";

/** What a file on tmpfs grows by. */
const PAGE = 4096;
const BACKBONE = { model: "texture", resolution: 112 };

describe("bank files under frames that are streaming", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: EngineClient;
  let stream: FrameStream;
  let file: string;
  let intact: Buffer;

  before(() => {
    engine = new EngineClient();
  });
  after(() => engine.close());
  beforeEach(async () => {
    folder = temporaryFolder();
    stream = await FrameStream.prepare(engine, folder.path, BACKBONE);
    file = join(folder.path, "banks", "part", "1.safetensors");
    intact = readFileSync(file);
    stream.start();
    await stream.flows();
  });
  afterEach(async () => {
    await stream.stop();
    folder.remove();
  });

  /** What frames end in from now on, until the file is put back; then they are scored as before. */
  async function failsUntilRestored(...codes: string[]): Promise<void> {
    const before = stream.failures.length;
    await eventually("frames fail", () => stream.failures.length > before + 2);
    writeFileSync(`${file}.restored`, intact);
    renameSync(`${file}.restored`, file);
    await stream.flows();
    for (const { code, message } of stream.failures) {
      assert.ok(codes.includes(code), message);
      assert.match(message, /: .*\.$/);
    }
  }

  it("left half written by a process that was killed", async () => {
    const pieces = ["2.safetensors.0badcafe.tmp", "3.safetensors.00c0ffee.tmp"].map((name) => join(file, "..", name));
    for (const piece of pieces) writeFileSync(piece, "half");
    const anHourAgo = Date.now() / 1000 - 3600;
    utimesSync(pieces[0]!, anHourAgo, anHourAgo);
    const bank = { directory: join(folder.path, "banks"), name: "part" };
    await engine.call("build", { bank, backbone: BACKBONE, settings: {} });
    // The other may be one that is being written at this moment.
    assert.deepEqual(pieces.map(existsSync), [false, true]);
    await stream.flows();
    assert.deepEqual(stream.codes, {});
  });

  it("deleted", async () => {
    rmSync(file);
    await failsUntilRestored("BANK_NOT_BUILT", "BAD_BANK");
  });

  it("cut off", async () => {
    truncateSync(file, intact.length >> 1);
    await failsUntilRestored("BAD_BANK");
  });

  it("altered in one bit", async () => {
    const altered = Buffer.from(intact);
    // In the middle of the features, where it makes just another number.
    altered[altered.length - (altered.length >> 3)]! ^= 0x04;
    writeFileSync(file, altered);
    await failsUntilRestored("BAD_BANK");
  });
});

describe("a full disk", () => {
  const folder = temporaryFolder();
  const disk = join(folder.path, "disk");
  let engine: EngineClient;
  let stream: FrameStream | undefined;

  before(function () {
    mkdirSync(disk);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=320k", "tmpfs", disk]);
    if (mounted.status !== 0) {
      console.log("      skipped: a small file system cannot be mounted here (needs root and the right to mount)");
      this.skip();
    }
    engine = new EngineClient();
  });
  after(async () => {
    await stream?.stop();
    engine?.close();
    spawnSync("umount", ["-l", disk]);
    folder.remove();
  });

  it("is said in one sentence, leaves the version in use and no piece of a file", async () => {
    stream = await FrameStream.prepare(engine, disk, BACKBONE);
    stream.start();
    await stream.flows();
    const bank = { directory: join(disk, "banks"), name: "part" };
    const files = () => readdirSync(disk, { recursive: true }).map(String).sort();
    fill(join(disk, "full"));
    const before = files();
    const built = await engine.call("build", { bank, backbone: BACKBONE, settings: {} }).catch((thrown) => thrown);
    assertSentence(built);
    assert.deepEqual(files(), before);
    assert.equal((await engine.call("bankState", { bank })).version, 1);
    await stream.flows();
    await stream.stop();
    assert.deepEqual(stream.codes, {});
  });

  it("adds a reference as a whole or not at all", async () => {
    const bank = { directory: join(disk, "banks"), name: "part" };
    const files = () => readdirSync(disk, { recursive: true }).map(String).sort();
    const state = () => engine.call("bankState", { bank });
    const full = join(disk, "full");
    fill(full);
    const failed: boolean[] = [];
    for (let seed = 70; failed.at(-1) !== false; seed++) {
      const before = [files(), await state()];
      const data = await partJpeg({ seed });
      const added = await engine
        .call("addReference", { bank, image: { kind: "encoded", data } })
        .catch((thrown) => thrown);
      failed.push(added instanceof Error);
      if (!failed.at(-1)) continue;
      assertSentence(added);
      assert.deepEqual([files(), await state()], before);
      // Sooner or later there is room for the picture, and not for what is noted of it.
      truncateSync(full, statSync(full).size - PAGE);
    }
    assert.ok(failed.length > 1, "the disk was not full");
    await engine.call("undo", { bank });
    assert.equal((await state()).references, 3);
  });

  function fill(file: string): void {
    const piece = Buffer.alloc(1024);
    try {
      for (;;) writeFileSync(file, piece, { flag: "a" });
    } catch (thrown) {
      assert.equal((thrown as NodeJS.ErrnoException).code, "ENOSPC");
    }
  }

  function assertSentence(thrown: unknown): void {
    assert.ok(thrown instanceof GoldenSampleError, `it ended with ${JSON.stringify(thrown)}`);
    assert.match(thrown.message, /space|rights/);
  }
});
