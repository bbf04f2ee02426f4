import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { isAlive } from "../../scripts/demo/processes";
import { eventually } from "./eventually";

describe("an engine whose Node-RED is killed", () => {
  let host: ChildProcess;
  let engine: number;

  beforeEach(async () => {
    host = spawn(process.execPath, [join(__dirname, "host.js"), "run"], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(host.stdout!, "data")) as [Buffer];
    engine = Number(line.toString());
  });
  afterEach(() => {
    host.kill("SIGKILL");
    if (isAlive(engine)) process.kill(engine, "SIGKILL");
  });

  it("ends, too, though a model is running in it", async () => {
    host.kill("SIGKILL");
    await eventually("the engine has ended", () => !isAlive(engine));
  });

  it("ends once it can, where it was stopped meanwhile", async function () {
    if (process.platform === "win32") {
      console.log("      skipped: Windows has no signal that stops a process");
      this.skip();
    }
    process.kill(engine, "SIGSTOP");
    host.kill("SIGKILL");
    await once(host, "exit");
    process.kill(engine, "SIGCONT");
    await eventually("the engine has ended", () => !isAlive(engine));
  });
});
