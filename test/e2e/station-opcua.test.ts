import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { FlowNode } from "../../scripts/demo/node-red-process";
import { freePort } from "../../scripts/demo/ports";
import { pythonFor } from "../support/python";
import { ROOT } from "../support/shared-data";
import { eventually } from "./small-example";
import { StationRig } from "./station-rig";

const USER = "line";
const PASSWORD = "a password of the test";
/** Of whose trigger a bounce makes two: the first one still has the number of the part before. */
const BOUNCED = { before: "B1", part: "B2" };
/** Between the server and the station. */
const BOUNCE: FlowNode = {
  ...{
    id: "ua99bounce",
    type: "function",
    z: "ua006b36fbe479",
    name: "bounce",
    outputs: 1,
    wires: [["ua02b0ae9bed3e"]],
  },
  func: `const { trigger, partId } = msg.station ?? {};
if (!trigger || partId !== "${BOUNCED.part}" || context.get("bounced")) return msg;
context.set("bounced", true);
return [[{ station: { trigger, partId: "${BOUNCED.before}" } }, { station: { trigger: false } }, msg]];`,
};

describe("the station on OPC UA, asyncua at the other end", function () {
  this.timeout(300_000);
  let python: string | undefined;
  let rig: StationRig;
  let folder: string;
  let port: number;
  let anonymous = false;

  before(async function () {
    python = pythonFor("the client of the OPC UA server");
    if (python === undefined) return this.skip();
    folder = mkdtempSync(join(tmpdir(), "golden-sample-opcua-"));
    port = await freePort();
    await client("certificate");
    rig = await StationRig.start({
      example: join(ROOT, "packages", "opcua-station", "examples", "station-opcua.json"),
      ...{ name: "station4", palette: ["node-red-opcua-station"] },
      patch: (node) => {
        // As in the example: there is no PLC whose heartbeat could be watched.
        if (node.type === "anomaly-station") node.plcTimeout = 0;
        if (node.type === "anomaly-opcua")
          Object.assign(node, {
            ...{ port, anonymous, credentials: { user: USER, password: PASSWORD } },
            wires: [[BOUNCE.id]],
          });
      },
      beside: [BOUNCE],
    });
    await listening();
  });
  after(async () => {
    await rig?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });
  // What hangs is to be seen in the log.
  afterEach(function () {
    if (this.currentTest?.isFailed()) console.log(rig?.nodeRed?.log());
  });

  async function client(command: string, ...more: string[]): Promise<Record<string, unknown>> {
    const script = join(ROOT, "test", "python", "opcua_client.py");
    const { stdout } = await promisify(execFile)(python!, [script, command, folder, ...more]);
    return JSON.parse(stdout) as Record<string, unknown>;
  }
  const url = () => `opc.tcp://localhost:${port}/UA/Station`;
  const look = (...who: string[]) => client("look", url(), ...who);
  const inspect = (part: string) => client("inspect", url(), USER, PASSWORD, part);
  const listening = () =>
    eventually("the server listens", async () => {
      const socket = connect({ port, host: "127.0.0.1" });
      const answers = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      return answers;
    });

  it("lets nobody in without a trusted certificate, the password, or at all anonymously", async () => {
    // Who is let in starts a job.
    rig.picture = await StationRig.part();
    assert.ok("refused" in (await look(USER, PASSWORD)), "an unknown certificate");
    const trusted = join(rig.userDir, "golden-sample", "opcua", "trusted", "certs");
    const rejected = join(rig.userDir, "golden-sample", "opcua", "rejected");
    for (const name of readdirSync(rejected)) renameSync(join(rejected, name), join(trusted, name));
    await eventually("the certificate is trusted", async () => !("refused" in (await look(USER, PASSWORD))));
    assert.ok("refused" in (await look(USER, "another one")));
    assert.ok("refused" in (await look()));
  });

  it("starts a job, says when its result is ready, and gives it", async () => {
    rig.picture = await StationRig.part();
    const good = await inspect("A1");
    const first = String(good.job);
    assert.deepEqual(good.event, { id: first, part: "A1", job: first });
    const { content, ...result } = good.result as { content: unknown[] };
    assert.deepEqual(result, { id: first, part: "A1", recipe: "1", state: 1 });
    assert.deepEqual([content[0], content[1], content[4]], [true, "pass", 0]);
    assert.ok(Number(content[2]) < Number(content[3]));
    rig.picture = await StationRig.part("chipped_edge");
    const bad = await inspect("A2");
    assert.equal(Number(bad.job), Number(first) + 1);
    assert.deepEqual((bad.result as { content: unknown[] }).content.slice(0, 2), [false, "fail"]);
  });

  it("takes no other part's inspection for the answer to its job, as after a trigger that bounced", async () => {
    rig.picture = await StationRig.part();
    const { job: before } = await inspect(BOUNCED.before);
    const bounced = await inspect(BOUNCED.part);
    // The part before is inspected once more; that its number is taken is the station's reason.
    assert.deepEqual(bounced, { job: "", error: 2 });
    const again = await inspect(BOUNCED.part);
    assert.equal(Number(again.job), Number(before) + 2);
    assert.deepEqual(again.event, { id: again.job, part: BOUNCED.part, job: again.job });
  });

  it("lets everybody read where its user wants that, and nobody but the user start a job", async () => {
    anonymous = true;
    await rig.deployAgain();
    await listening();
    const { state, job } = await look();
    assert.deepEqual(state, ["Operational", "Ready"]);
    assert.equal(job, "BadUserAccessDenied");
  });
});
