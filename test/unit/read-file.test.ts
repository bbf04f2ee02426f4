import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { after, before, type Context, describe, it } from "mocha";
import { loadBackbone } from "../../lib/backbone/load";
import { readBundle } from "../../lib/bank/file/bundle";
import { readVisaLayout } from "../../lib/evaluate/data/visa-layout";
import { FileReader } from "../../lib/files/read-file";
import { decodeImage } from "../../lib/image/decode";
import { encoded } from "../../lib/image/encode";
import { OpenImages } from "../../lib/image/open-images";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { openInferenceSession } from "../../lib/runtime/open-inference/session";
import { isAlive } from "../../scripts/demo/processes";
import { eventually } from "../faults/eventually";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";

describe("files that users and messages name", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let server: Server;
  const at = (name: string) => join(folder.path, name);

  before(async () => {
    folder = temporaryFolder();
    writeFileSync(at("part.jpg"), await partJpeg({ seed: 1 }));
    if (process.platform === "win32") return;
    execFileSync("mkfifo", [at("pipe.png")]);
    server = createServer();
    await new Promise<void>((resolve) => server.listen(at("socket.png"), resolve));
  });
  after(() => {
    server?.close();
    folder.remove();
  });

  it("are refused at once where they are a pipe, a device, a socket, a folder or one of the system's", async function () {
    skipOnWindows(this);
    for (const [path, why] of [
      [at("pipe.png"), /it is a pipe, not a file/],
      ["/dev/zero", /it is a device, not a file/],
      [at("socket.png"), /it is a socket, not a file/],
      [folder.path, /it is a folder, not a file/],
      ["/proc/self/maps", /empty/],
      [at("nothing.png"), /ENOENT/],
    ] as const) {
      await assert.rejects(decodeImage({ kind: "path", path }), (error: Error & { code: string }) => {
        assert.equal(error.code, "BAD_IMAGE");
        assert.match(error.message, why);
        return true;
      });
      await assert.rejects(encoded(new OpenImages(), { kind: "path", path }), { code: "BAD_IMAGE" });
      await assert.rejects(readBundle(path), { code: "BAD_BANK" });
      const spec = { model: path, resolution: 112, device: "cpu" as const, threads: 1 };
      await assert.rejects(loadBackbone(loadOnnxRuntime(), spec), { code: "BAD_BACKBONE" });
    }
  });

  it("are refused by their size before anything is read", async () => {
    writeFileSync(at("large.png"), "");
    // Takes no room on the disk.
    truncateSync(at("large.png"), 2 ** 40);
    await assert.rejects(decodeImage({ kind: "path", path: at("large.png") }), /has 1099511627776 bytes, more than/);
  });

  it("are read beside many that are not there, and none is mixed up", async () => {
    const reader = new FileReader();
    for (let i = 0; i < 20; i++) writeFileSync(at(`${i}.txt`), String(i));
    const texts = await Promise.all(
      Array.from({ length: 40 }, (_, i) => reader.bytes(at(`${i}.txt`), 100).then(String, () => "none")),
    );
    assert.deepEqual(
      texts,
      Array.from({ length: 40 }, (_, i) => (i < 20 ? String(i) : "none")),
    );
    assert.equal((await reader.facts(at("19.txt"))).size, 2);
  });

  it("are hashed, and folders listed, by the process that can be ended", async () => {
    const reader = new FileReader();
    writeFileSync(at("abc"), "abc");
    assert.equal(await reader.sha256(at("abc")), createHash("sha256").update("abc").digest("hex"));
    mkdirSync(at("inner"), { recursive: true });
    const entries = (await reader.entries(folder.path))!;
    assert.deepEqual(
      ["abc", "inner"].map((name) => entries.find((entry) => entry.name === name)?.isFolder),
      [false, true],
    );
    assert.equal(await reader.entries(at("abc")), undefined);
    assert.equal(await reader.entries(at("nothing")), undefined);
    if (process.platform !== "win32") await assert.rejects(reader.sha256(at("pipe.png")), /it is a pipe, not a file/);
  });

  it("are not waited for where a table of a data set or a certificate is a pipe", async function () {
    skipOnWindows(this);
    const set = at("visa");
    mkdirSync(join(set, "Data", "Images", "Normal"), { recursive: true });
    writeFileSync(join(set, "Data", "Images", "Normal", "0.jpg"), await partJpeg({ seed: 1 }));
    execFileSync("mkfifo", [join(set, "image_anno.csv")]);
    assert.ok(await readVisaLayout(set));
    const remote = { endpoints: ["https://127.0.0.1:1"], model: "any", ca: at("pipe.png") };
    await assert.rejects(openInferenceSession(remote), { code: "BAD_REQUEST" });
  });

  it("are read, too, where the reading process takes longer to start than a read may", async () => {
    const late = at("late.js");
    writeFileSync(late, "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);");
    const { NODE_OPTIONS } = process.env;
    process.env.NODE_OPTIONS = `--require "${late.replaceAll("\\", "/")}"`;
    const reader = new FileReader(1000);
    try {
      const read = reader.bytes(at("part.jpg"), 1 << 20);
      process.env.NODE_OPTIONS = NODE_OPTIONS ?? "";
      assert.ok((await read).length > 0);
    } finally {
      if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
      if (reader.pid !== undefined) process.kill(reader.pid);
    }
  });

  it("that do not answer are given up, and hold up nobody else", async function () {
    skipOnWindows(this);
    const reader = new FileReader(1000);
    await reader.bytes(at("part.jpg"), 1e6);
    const pid = reader.pid!;
    // As a network folder does whose server is gone.
    process.kill(pid, "SIGSTOP");
    const ways = [reader.bytes(at("part.jpg"), 1e6), reader.sha256(at("part.jpg")), reader.entries(folder.path)];
    const hung = [...ways, ...Array.from({ length: 3 }, () => reader.bytes(at("part.jpg"), 1e6))];
    const settled = Promise.allSettled(hung);
    // Everything else that needs the four threads goes on meanwhile.
    await decodeImage({ kind: "encoded", data: await partJpeg({ seed: 2 }) });
    const results = await settled;
    const given = results.filter((result) => result.status === "rejected");
    assert.ok(given.length >= 4, `${given.length} were given up`);
    for (const { reason } of given) assert.match(String(reason), /gave no answer for 1 s/);
    assert.ok((await reader.bytes(at("part.jpg"), 1e6)).length > 0);
    await eventually("the process that hung is gone", () => !isAlive(pid));
  });
});

function skipOnWindows(context: Context): void {
  if (process.platform !== "win32") return;
  console.log("      skipped: Windows has no such files, and no signal that stops a process");
  context.skip();
}
