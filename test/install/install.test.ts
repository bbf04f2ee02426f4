import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type NodeRedOptions, NodeRedProcess } from "../../scripts/demo/node-red-process";
import { eventually, learn, loadSmallExample, press } from "../e2e/small-example";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";
import {
  ALLOWED,
  type InstallOptions,
  installInto,
  installNodeRed5,
  packProject,
  REFUSED_HOST,
  withoutNetwork,
} from "./npm";

const run = promisify(execFile);
/** As the editor's palette manager calls it (@node-red/registry, installer.js). */
const PALETTE = ["--save", "--save-prefix=~", "--omit=dev", "--engine-strict"];
const NATIVE = "onnxruntime-node";
const NATIVE_SHARP = `@img/sharp-${process.platform}-${process.arch}`;

interface Try {
  name: string;
  options: InstallOptions;
  /** Whether the native runtime is there afterwards; not on npm 12, which runs no script of a package unasked. */
  native: boolean;
  /** Trees that are alike run once. */
  runs: boolean;
}

describe("npm install of the package into a fresh Node-RED user directory", function () {
  this.timeout(900_000);
  let tarball: string;
  let userDir: string;
  let remove: () => void;

  before(async function () {
    tarball = await packProject(this);
  });
  beforeEach(() => {
    const folder = temporaryFolder();
    userDir = join(folder.path, "user");
    remove = folder.remove;
  });
  afterEach(() => remove());

  const tries: Try[] = [
    { name: "with everything allowed", options: { env: ALLOWED }, native: true, runs: true },
    {
      name: "with the native package's download host refused",
      options: { env: REFUSED_HOST },
      native: false,
      runs: true,
    },
    { name: "with --ignore-scripts", options: { flags: ["--ignore-scripts"] }, native: true, runs: false },
    { name: "with --omit=optional", options: { flags: ["--omit=optional"] }, native: false, runs: true },
    { name: "as the palette manager calls it", options: { flags: PALETTE, env: ALLOWED }, native: true, runs: false },
    {
      name: "as the palette manager calls it, the host refused",
      options: { flags: PALETTE, env: REFUSED_HOST },
      native: false,
      runs: false,
    },
  ];
  for (const { name, options, native, runs } of tries) {
    it(`${name}${runs ? ", and the first flow gives verdicts in Node-RED 4.1 and 5" : ""}`, async function () {
      const flags = ["--prefer-offline", ...(options.flags ?? [])];
      await installInto(this, userDir, tarball, { ...options, flags });
      // npm 12 leaves the script out, and so the package in.
      if (native || !(await npmRunsScripts())) assert.ok(isThere(NATIVE), "the native runtime is there");
      else assert.ok(!isThere(NATIVE), "the native runtime is left out");
      const omitted = options.flags?.includes("--omit=optional") ?? false;
      assert.equal(isThere(NATIVE_SHARP), !omitted, "sharp's native build");
      if (runs) await runs41And5(this);
    });
  }

  it("from one file, without a network, and the first flow gives verdicts in Node-RED 4.1 and 5", async function () {
    const bundle = join(userDir, "..", "bundle.tgz");
    await offlineBundle(["--out", bundle, "--package", tarball]);
    await installInto(this, userDir, bundle, withoutNetwork(join(userDir, "..", "cache")));
    await runs41And5(this);
  });

  it("makes the file for another kind of machine", async () => {
    const bundle = join(userDir, "..", "bundle.tgz");
    await offlineBundle(["--out", bundle, "--package", tarball, "--os", "linux", "--cpu", "arm", "--libc", "glibc"]);
    const { stdout } = await run("tar", ["tzf", bundle], { maxBuffer: 1 << 24 });
    const binaries = stdout.split(/\r?\n/).filter((path) => /\.(node|wasm)$/.test(path));
    assert.deepEqual(
      binaries
        .map((path) =>
          path
            .split("/")
            .at(-1)!
            .replace(/-\d.*?(?=\.(node|wasm))/, ""),
        )
        .sort(),
      ["ort-wasm-simd-threaded.wasm", "sharp-linux-arm.node", "sharp-wasm32.node.wasm"],
    );
  });

  const isThere = (name: string) => existsSync(join(userDir, "node_modules", ...name.split("/")));

  async function runs41And5(context: Mocha.Context): Promise<void> {
    const five = await installNodeRed5(context);
    // A user directory each, with the same packages in it.
    const other = join(userDir, "..", "user-5");
    await mkdir(other);
    await copyFile(join(userDir, "package.json"), join(other, "package.json"));
    await symlink(join(userDir, "node_modules"), join(other, "node_modules"), "junction");
    await Promise.all([
      firstFlow({ userDir, redJs: require.resolve("node-red/red.js") }, /^4\.1\./),
      firstFlow({ userDir: other, ...five }, /^5\./),
    ]);
  }

  async function firstFlow(options: NodeRedOptions, version: RegExp): Promise<void> {
    const nodeRed = await NodeRedProcess.start(options);
    try {
      const settings = await fetch(new URL("settings", nodeRed.url));
      assert.match(((await settings.json()) as { version: string }).version, version);
      const flow = await loadSmallExample("first-flow.json", options.userDir);
      await nodeRed.deploy(flow);
      await learn(nodeRed, flow);
      await press(nodeRed, flow, "parts to inspect");
      await eventually("a verdict is shown", async () => /verdict: '(ok|anomaly)'/.test(nodeRed.log()));
    } catch (error) {
      throw new Error(`${String(error)}\n${nodeRed.log()}`, { cause: error });
    } finally {
      await nodeRed.stop();
    }
  }
});

async function offlineBundle(args: readonly string[]): Promise<void> {
  await run(process.execPath, [join(ROOT, "dist", "cli", "golden-sample.js"), "offline-bundle", ...args]);
}

async function npmRunsScripts(): Promise<boolean> {
  const windows = process.platform === "win32";
  const { stdout } = await run(windows ? "npm.cmd" : "npm", ["--version"], { shell: windows });
  return Number.parseInt(stdout, 10) < 12;
}
