import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { NATIVE_MODULE } from "../../lib/runtime/onnxruntime";
import { brokenNative, fakeDevices } from "../support/fake-native";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";

interface Report {
  works: boolean;
  versions: Record<string, string>;
  machine: { platform: string; threads: number };
  runtime: { name: string; reason?: string };
  devices: { device: string; passed: boolean; chosen: boolean; reason?: string; milliseconds?: number }[];
  speed: { patches: number; fine: { patches: number; milliseconds: number } };
  advice: string[];
}

describe("golden-sample doctor", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());

  function doctor(args: string[], native?: string) {
    const env = { ...process.env, ...(native !== undefined && { [NATIVE_MODULE]: native }) };
    const command = [join(ROOT, "dist", "cli", "golden-sample.js"), "doctor", "--resolution", "64", ...args];
    return spawnSync(process.execPath, command, { encoding: "utf8", timeout: 180_000, env });
  }

  it("names versions, machine, runtime and devices, for people and for programs", () => {
    const { stdout, stderr, status } = doctor(["--json", "--smallest", "80"]);
    assert.deepEqual([stderr, status], ["", 0]);
    const report = JSON.parse(stdout) as Report;
    assert.equal(report.versions.node, process.versions.node);
    assert.match(report.versions["onnxruntime-web"]!, /^\d+\.\d+/);
    assert.equal(report.machine.platform, process.platform);
    assert.ok(report.works && report.machine.threads >= 1);
    const cpu = report.devices.find(({ device }) => device === "cpu");
    assert.ok(cpu!.passed && cpu!.milliseconds! > 0);
    assert.equal(report.devices.filter(({ chosen }) => chosen).length, 1);
    const { patches, fine } = report.speed;
    assert.ok(fine.patches > 2 * patches && fine.milliseconds > 0, "what frames looked at for small defects take");
  });

  it("says what would bring the native runtime, and goes on without it", () => {
    const { stdout, status } = doctor([], brokenNative(folder.path, "no binary"));
    assert.equal(status, 0);
    assert.match(stdout, /portable +onnxruntime-web, WebAssembly/);
    assert.match(stdout, /binary is missing: run npm install/);
  });

  it("gives each device that fails its reason", () => {
    const native = fakeDevices(folder.path, { cuda: "crashes", webgpu: "works" });
    const { devices } = JSON.parse(doctor(["--json"], native).stdout) as Report;
    const [cuda, webgpu] = ["cuda", "webgpu"].map((name) => devices.find(({ device }) => device === name)!);
    assert.match(cuda!.reason!, /ended its self-test's process/);
    assert.ok(webgpu!.passed && webgpu!.chosen);
  });

  it("ends with 1 where nothing runs", () => {
    const { stdout, status } = doctor(["--json", "--runtime", "native"], brokenNative(folder.path, "throws"));
    assert.equal(status, 1);
    const report = JSON.parse(stdout) as Report & { runtime: { error: string } };
    assert.equal(report.works, false);
    assert.match(report.runtime.error, /fell apart/);
  });
});
