import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { DigestCamera } from "../support/digest-camera";
import { renderPart } from "../support/rendered-part";
import { CameraRig, nodeCalled, setEnvironment } from "./camera-rig";

const LOGIN = { user: "inspector", password: 'pass"word: 1' };

describe("examples/camera-http.json with an IP camera that wants digest authentication", function () {
  this.timeout(180_000);
  let camera: DigestCamera;
  let rig: CameraRig;
  let pictures: Buffer[];
  let asked = 0;

  before(async () => {
    pictures = await Promise.all([1, 2, 3, 4].map((seed) => renderPart(seed)));
    camera = await DigestCamera.start(LOGIN.user, LOGIN.password);
    camera.answer = withPicture(200);
    rig = await CameraRig.start("camera-http.json", (flow) => {
      const snapshot = nodeCalled(flow, "snapshot");
      Object.assign(snapshot, { url: `http://127.0.0.1:${camera.port}/snapshot.jpg?channel=1`, credentials: LOGIN });
      nodeCalled(flow, "every second").repeat = "0.2";
      setEnvironment(flow, { FRESH_MS: 1500, TIMEOUT_MS: 4000 });
    });
  });
  after(async () => {
    await rig?.stop();
    await camera?.away();
  });

  it("learns and inspects its snapshots", async () => {
    await rig.mayPass(true);
    assert.equal(camera.counts.refused, 0);
    camera.algorithm = "MD5";
    const before = camera.counts.admitted;
    while (camera.counts.admitted < before + 2) await rig.mayPass(true);
    assert.equal(camera.counts.refused, 0);
  });

  it("asks one at a time, and lets nothing pass while an answer is under way for too long", async () => {
    const held = await new Promise<ServerResponse>((resolve) => {
      camera.answer = resolve;
    });
    await rig.mayPass(false);
    camera.answer = withPicture(200);
    withPicture(200)(held);
    await rig.mayPass(true);
    assert.equal(camera.counts.together, 1);
  });

  it("tells of an answer that never comes, of one that breaks off, and goes on", async () => {
    camera.answer = () => undefined;
    await rig.error(/no response/i);
    camera.answer = (response) => {
      response.writeHead(200, { "Content-Type": "image/jpeg", "Content-Length": pictures[0]!.length });
      response.write(pictures[0]!.subarray(0, 5000), () => response.destroy());
    };
    await rig.error(/aborted|ECONNRESET|hang up/i);
    await rig.next("taken back", ({ from, payload }) => from === "result" && payload === false);
    camera.answer = withPicture(200);
    await rig.mayPass(true);
  });

  it("takes no picture for one that comes with an error's status", async () => {
    camera.answer = withPicture(503);
    await rig.error(/status 503/);
    await rig.mayPass(false);
    await noneMayPass(3);
    camera.answer = (response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<h1>Log in</h1>");
    await rig.error(/image/i);
    camera.answer = withPicture(200);
    await rig.mayPass(true);
  });

  it("lets nothing pass while the camera is away, and finds it again", async () => {
    await camera.away();
    await rig.error(/ECONNREFUSED|ECONNRESET|hang up/);
    await rig.mayPass(false);
    await noneMayPass(3);
    await camera.back();
    await rig.mayPass(true);
  });

  it("says so when user or password are wrong", async () => {
    nodeCalled(rig.flow, "snapshot").credentials = { ...LOGIN, password: "wrong" };
    await rig.deploy();
    await rig.error(/status 401.*password/);
    await noneMayPass(2);
  });

  function withPicture(status: number) {
    return (response: ServerResponse) => {
      response.writeHead(status, { "Content-Type": "image/jpeg" }).end(pictures[asked++ % pictures.length]);
    };
  }

  /** While so many further errors come. */
  async function noneMayPass(errors: number): Promise<void> {
    const from = rig.told.length;
    for (let i = 0; i < errors; i++) await rig.error(/./);
    assert.deepEqual(
      rig.told.slice(from).filter(({ payload }) => payload === true),
      [],
    );
  }
});
