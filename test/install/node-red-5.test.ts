import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../support/shared-data";
import { installNodeRed5 } from "./npm";

const run = promisify(execFile);
/** What a newer Node.js or Node-RED may change: how nodes behave, and what crosses to the runtimes. */
const SUITES = [
  "flow/*.test.js",
  "e2e/dashboard-widget.test.js",
  ...["search", "description", "portable"].map((name) => `unit/${name}.test.js`),
];

describe("Node-RED 5 on its own Node.js", function () {
  this.timeout(900_000);

  it("passes the tests of the nodes, of the dashboard widget, of search and of half precision", async function () {
    const { redJs, node } = await installNodeRed5(this);
    const mocha = join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
    const files = SUITES.map((suite) => join("dist", "test", suite).replaceAll("\\", "/"));
    const env = { ...process.env, GOLDEN_SAMPLE_NODE_RED: dirname(redJs) };
    const { stdout } = await run(
      node,
      ["--liftoff-only", mocha, "--no-config", "--parallel", "--jobs", "2", ...files],
      {
        cwd: ROOT,
        env,
      },
    ).catch((failed: { stdout: string; stderr: string }) => assert.fail(`${failed.stdout}\n${failed.stderr}`));
    assert.match(stdout, /\d+ passing/);
  });
});
