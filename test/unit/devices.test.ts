import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { DeviceSelection } from "../../lib/engine/devices/device-selection";
import { probe } from "../../lib/engine/devices/probe";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { GoldenSampleError } from "../../lib/errors";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import type { Device, InferenceRuntime } from "../../lib/runtime/types";
import { type Fault, fakeDevices, withNative } from "../support/fake-native";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

/** All of them seem to be there; the probes' processes load the fake. */
const reporting = (devices: readonly Device[]): InferenceRuntime => ({ ...loadOnnxRuntime(), devices });

describe("the choice of a device", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let model: string;
  before(() => {
    folder = temporaryFolder();
    model = join(folder.path, "tiny.onnx");
    writeFileSync(model, tinyBackbone());
  });
  after(() => folder.remove());

  const spec = (device: Device) => ({ model, resolution: 112, device, threads: 1 });
  const place = (device: Device, faults: Readonly<Partial<Record<Device, Fault>>>) =>
    withNative(fakeDevices(folder.path, faults), () =>
      new DeviceSelection(reporting(["cpu", ...(Object.keys(faults) as Device[])])).place(spec(device)),
    );

  it("passes over devices that fail, crash or compute wrong, each with its reason, and takes the one that works", async () => {
    const faults = { cuda: "throws", tensorrt: "crashes", coreml: "wrong", webgpu: "works" } as const;
    const { device, passedOver, figures, reason } = await place("auto", faults);
    assert.equal(device, "webgpu");
    assert.ok(figures!.cosine > 0.999 && figures!.milliseconds < figures!.cpuMilliseconds);
    assert.deepEqual(
      passedOver.map((item) => item.device),
      ["cuda", "tensorrt", "coreml"],
    );
    const [throws, crashes, wrong] = passedOver.map((item) => item.reason.text);
    assert.match(throws!, /"cuda" could not be started \(no driver for this fake\): install its driver/);
    assert.match(crashes!, /"tensorrt" ended its self-test's process \((SIGSEGV|exit code)/);
    assert.match(wrong!, /computes wrong on coreml/);
    for (const item of passedOver)
      assert.ok(reason!.text.includes(item.reason.text) && !item.reason.text.includes("\n"));
  });

  it("passes over one whose patch tokens are not the CPU's, though a small graph is right", async () => {
    const { device, passedOver } = await place("auto", { webgpu: "wrong tokens" });
    assert.equal(device, "cpu");
    assert.match(
      passedOver[0]!.reason.text,
      /other patch tokens than the CPU \(cosine 0\.\d+, at least 0\.999 is needed\)/,
    );
  });

  it("passes over one that is slower than the CPU", async () => {
    const { device, passedOver } = await place("auto", { webgpu: "slow" });
    assert.equal(device, "cpu");
    assert.match(passedOver[0]!.reason.text, /works but takes \d+ ms where the CPU takes \d+ ms/);
  });

  it("does not wait for one that hangs", async () => {
    const verdict = await withNative(fakeDevices(folder.path, { webgpu: "hangs" }), () => probe(spec("webgpu"), 2500));
    assert.ok(!verdict.passed);
    assert.match(verdict.reason.text, /"webgpu" gave no answer within 2\.5 s/);
  });

  it("tests a device once, and remembers what was found out before", async () => {
    const known = new Map<string, unknown>();
    const options = { onVerdict: (key: string, verdict: unknown) => known.set(key, verdict) };
    const faults = fakeDevices(folder.path, { webgpu: "throws" });
    const runtime = reporting(["cpu", "webgpu"]);
    await withNative(faults, () => new DeviceSelection(runtime, options).place(spec("auto")));
    assert.equal(known.size, 1);
    // Whoever is told of it needs no process: there is no module that one could load.
    const later = new DeviceSelection(runtime, { known: Object.fromEntries(known) as never });
    const { passedOver } = await withNative("/nowhere", () => later.place(spec("auto")));
    assert.match(passedOver[0]!.reason.text, /no driver for this fake/);
  });

  it("refuses a device that was chosen and does not work, and one with a number that there is not", async () => {
    for (const [device, fault, message] of [
      ["cuda", "wrong", /computes wrong on cuda/],
      ["webgpu", "crashes", /ended its self-test's process/],
    ] as const) {
      const thrown = await place(device, { [device]: fault }).catch((error: unknown) => error);
      assert.ok(thrown instanceof GoldenSampleError && thrown.code === "DEVICE_UNAVAILABLE", String(thrown));
      assert.match(thrown.message, message);
    }
    const second = loadOnnxRuntime().createSession(model, { device: "cpu", deviceIndex: 1 });
    await assert.rejects(second, { code: "DEVICE_UNAVAILABLE", message: /no number 1/ });
  });

  it("reaches the results of the engine, which goes on through a driver's crash", async () => {
    const fake = fakeDevices(folder.path, { cuda: "crashes", webgpu: "works" });
    await withNative(fake, async () => {
      const engine = new EngineClient();
      try {
        const { runtime } = await engine.call("describe", { backbone: { model, resolution: 112 } });
        assert.deepEqual([runtime.name, runtime.device], ["native", "webgpu"]);
        assert.match(runtime.reason!, /"cuda" ended its self-test's process/);
        assert.equal(engine.state, "ready");
      } finally {
        engine.close();
      }
    });
  });

  it("is made anew when the device is lost in the middle of the work", async () => {
    const fake = fakeDevices(folder.path, { webgpu: "breaks" });
    await withNative(fake, async () => {
      const engine = new EngineClient();
      const states: string[] = [];
      engine.onState((state, reason) => states.push(`${state} ${reason}`));
      try {
        const { runtime } = await engine.call("describe", { backbone: { model, resolution: 112 } });
        assert.equal(runtime.device, "cpu");
        assert.ok(
          states.some((state) => /restarting .*"webgpu" works no more/.test(state)),
          states.join("\n"),
        );
      } finally {
        engine.close();
      }
    });
  });
});
