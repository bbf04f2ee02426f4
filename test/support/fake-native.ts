import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NATIVE_MODULE } from "../../lib/runtime/onnxruntime";
import { ROOT } from "./shared-data";

const REAL = join(ROOT, "node_modules", "onnxruntime-node");

/** How a device of the fake behaves; `slow` is right but takes its time, `breaks` is lost with the first frame in the engine. */
export type Fault = "works" | "throws" | "wrong" | "wrong tokens" | "hangs" | "crashes" | "slow" | "breaks";

/**
 * Writes a module that stands in for onnxruntime-node: the real one's CPU under other devices' names, with faults.
 * @returns its path, for the environment variable that names the native module
 */
export function fakeDevices(folder: string, devices: Readonly<Record<string, Fault>>): string {
  const file = join(folder, `fake-${Object.entries(devices).flat().join("-").replaceAll(" ", "-")}.js`);
  const script = (real: string, faults: Readonly<Record<string, Fault>>) => `
    const { existsSync, writeFileSync } = require("node:fs");
    const ort = require(${JSON.stringify(real)});
    const faults = ${JSON.stringify(faults)};
    module.exports = { ...ort,
      Tensor: ort.Tensor, env: ort.env,
      listSupportedBackends: () => ["cpu", ...Object.keys(faults)].map((name) => ({ name, bundled: true })),
      InferenceSession: { async create(model, options) {
        const [provider] = options.executionProviders;
        const fault = faults[provider.name ?? provider];
        if (fault === "throws") throw new Error("no driver for this fake\\n at line 2");
        const lost = fault === "breaks" && existsSync(__filename + ".lost");
        if (lost) throw new Error("device lost");
        // For good, and without the processor's time.
        if (fault === "hangs") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        if (fault === "crashes") process.kill(process.pid, "SIGSEGV");
        const session = await ort.InferenceSession.create(model, { ...options, executionProviders: ["cpu"], extra: {} });
        const spoilt = fault === "wrong" || (fault === "wrong tokens" && !session.outputNames.includes("product"));
        return { inputMetadata: session.inputMetadata, outputMetadata: session.outputMetadata,
          release: () => session.release(),
          async run(feeds, fetches) {
            if (fault === "breaks" && !/probe/.test(process.argv[1])) {
              writeFileSync(__filename + ".lost", "");
              throw new Error("device lost");
            }
            const outputs = await (fetches ? session.run(feeds, fetches) : session.run(feeds));
            if (spoilt) for (const { data } of Object.values(outputs)) data[data.length - 1] += 100;
            if (fault === "slow") await new Promise((resolve) => setTimeout(resolve, 500));
            // By more than a full machine holds one of them up.
            if (fault === undefined) await new Promise((resolve) => setTimeout(resolve, 80));
            return outputs;
          } };
      } } };`;
  writeFileSync(file, script(REAL, devices));
  return file;
}

/** A native package with something wrong with it. */
export type Broken =
  | "missing"
  | "no binary"
  | "another machine"
  | "throws"
  | "SIGILL"
  | "SIGSEGV on a model"
  | "computes wrong";

/** @returns the path of the module, for the environment variable that names the native module */
export function brokenNative(folder: string, what: Broken): string {
  const path = join(mkdtempSync(join(folder, "native-")), what.replaceAll(" ", "-"));
  if (what === "missing") return path;
  if (what === "no binary" || what === "another machine") {
    cpSync(join(REAL, "dist"), join(path, "dist"), { recursive: true });
    cpSync(join(REAL, "package.json"), join(path, "package.json"));
    mkdirSync(join(path, "node_modules"), { recursive: true });
    symlinkSync(
      join(ROOT, "node_modules", "onnxruntime-common"),
      join(path, "node_modules", "onnxruntime-common"),
      "junction",
    );
    if (what === "another machine") {
      const binary = join(path, "bin", "napi-v6", process.platform, process.arch, "onnxruntime_binding.node");
      mkdirSync(join(binary, ".."), { recursive: true });
      writeFileSync(binary, "\0".repeat(4096));
    }
    return path;
  }
  const bodies: Record<Exclude<Broken, "missing" | "no binary" | "another machine">, string> = {
    throws: `throw new Error("it fell apart\\n with a second line");`,
    SIGILL: `ort.InferenceSession = { create() { process.kill(process.pid, "SIGILL"); return new Promise(() => {}); } };`,
    "SIGSEGV on a model": `const { create } = ort.InferenceSession;
      ort.InferenceSession = { create(model, options) {
        if (typeof model === "string") { process.kill(process.pid, "SIGSEGV"); return new Promise(() => {}); }
        return create.call(real.InferenceSession, model, options);
      } };`,
    "computes wrong": `const { create } = ort.InferenceSession;
      ort.InferenceSession = { async create(model, options) {
        const session = await create.call(real.InferenceSession, model, options);
        const run = session.run.bind(session);
        session.run = async (...all) => { const out = await run(...all);
          for (const { data } of Object.values(out)) data[0] = 1e6; return out; };
        return session;
      } };`,
  };
  writeFileSync(
    `${path}.js`,
    `const real = require(${JSON.stringify(REAL)}); const ort = { ...real, Tensor: real.Tensor, env: real.env };
    ${bodies[what]}
    module.exports = ort;`,
  );
  return `${path}.js`;
}

/** Runs something with another module in the native runtime's place; processes started meanwhile have it too. */
export async function withNative<T>(module: string, work: () => Promise<T>): Promise<T> {
  const before = process.env[NATIVE_MODULE];
  process.env[NATIVE_MODULE] = module;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env[NATIVE_MODULE];
    else process.env[NATIVE_MODULE] = before;
  }
}
