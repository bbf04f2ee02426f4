import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../support/shared-data";

const MAIN = join(ROOT, "dist", "scripts", "demo", "main.js");

const FRAMES = 28;

describe("npm run demo", function () {
  this.timeout(600_000);
  let temporary: string;

  before(() => {
    temporary = mkdtempSync(join(tmpdir(), "golden-sample-demo-test-"));
  });
  after(() => rmSync(temporary, { recursive: true, force: true }));

  it("ends by itself with a verdict for every frame, and shows the handshake of a station with a page of its signals", async () => {
    const overlays = join(temporary, "overlays");
    const args = ["--once", "--frames", String(FRAMES), "--keep", overlays];
    let drawn: Promise<{ changes: unknown[] }> | undefined;
    const { code, output } = await demo(args, temporary, (_, text) => {
      const url = /Signals between PLC and station: (\S+)\n/.exec(text)?.[1];
      if (url) drawn ??= fetch(new URL("signals.json", url)).then((answer) => answer.json() as never);
    });
    assert.equal(code, 0, output);
    assert.ok(!output.includes("\x1b"), "plain text without a terminal");
    assert.match(output, /^image +score +threshold +verdict +truth +coil +ms$/m);
    const rows = output.split("\n").filter((line) => /^test\/.+\.jpg +[\d.]+ +[\d.]+ +(ok|anomaly) /.test(line));
    assert.equal(rows.length, FRAMES, output);
    for (const row of rows) assert.match(row, /ok .+ ON +\d+$|anomaly .+ off +\d+$/);
    const auroc = Number(/AUROC +([\d.]+)/.exec(output)?.[1]);
    assert.ok(auroc >= 0.95, output);
    assert.ok(Array.isArray((await drawn)?.changes), output);
    assert.match(output, /"defectivePassed":0,"withoutAnswer":0,"ofAnotherPart":0/);
    const anomalies = rows.filter((row) => row.includes(" anomaly ")).length;
    assert.equal(readdirSync(overlays).length, anomalies);
    assert.deepEqual(
      readdirSync(temporary).filter((name) => name !== "overlays"),
      [],
      "no temporary folder is left",
    );
  });

  it("cleans up after Ctrl-C", async () => {
    const { code, output } = await demo(["--once", "--references", "4"], temporary, (child, text) => {
      if (/^test\//m.test(text)) child.kill("SIGINT");
    });
    assert.equal(code, 130, output);
    assert.deepEqual(
      readdirSync(temporary).filter((name) => name !== "overlays"),
      [],
    );
  });

  it("says in one sentence what is wrong with its options", async () => {
    const wrong = [["--data", join(temporary, "nothing")], ["--frames", "none"], ["--unknown"]];
    for (const args of wrong) {
      const { code, output } = await demo(args, temporary);
      assert.equal(code, 1);
      assert.equal(output.trim().split("\n").length, 1, output);
    }
  });
});

type Child = ReturnType<typeof spawn>;

async function demo(
  args: readonly string[],
  temporary: string,
  watch?: (child: Child, output: string) => void,
): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary };
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
      watch?.(child, output);
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}
