import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../scripts/demo/ports";
import { childrenOf } from "../../scripts/demo/processes";
import { renderPart } from "../support/rendered-part";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";
import { CameraRig, debianPython, Helper, needFfmpeg, nodeCalled, setEnvironment } from "./camera-rig";

const script = (name: string) => join(ROOT, "test", "python", name);

describe("examples/camera-rtsp.json with an RTSP server that sends H.264", function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  let python: string;
  let port: number;
  let server: Helper | undefined;
  let rig: CameraRig;

  before(async function () {
    needFfmpeg(this);
    const packages = "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad";
    python = debianPython(this, { GstRtspServer: "1.0" }, packages, "openh264enc");
    for (let seed = 0; seed < 4; seed++) writeFileSync(join(folder.path, `part-${seed}.jpg`), await renderPart(seed));
    port = await freePort();
    server = await Helper.start(python, [script("rtsp_server.py"), String(port), folder.path]);
    rig = await CameraRig.start("camera-rtsp.json", (flow) => {
      const node = nodeCalled(flow, "camera");
      const command = String(node.command);
      node.command = command.replace("rtsp://192.0.2.10:554/stream1", `rtsp://user:se:cret@127.0.0.1:${port}/line1`);
      assert.notEqual(node.command, command);
    });
  });
  after(async () => {
    await rig?.stop();
    await server?.kill();
    folder.remove();
  });

  it("learns and inspects its pictures", async () => {
    await rig.mayPass(true);
    const { width, height } = (await rig.next("a picture", ({ image }) => image !== undefined)).image as Size;
    assert.deepEqual([width, height], [640, 480]);
  });

  it("lets nothing pass while the camera is lost, says so without its password, and finds it again", async () => {
    await server!.kill();
    const lost = await rig.error(/The camera is lost \(it ended with/);
    await rig.mayPass(false);
    // It is tried again and again, after longer and longer waits.
    const [first, second] = [await rig.error(/camera is lost/), await rig.error(/camera is lost/)].map(({ error }) =>
      Number(/again in (\d+) s/.exec(error!)?.[1]),
    );
    assert.ok(second! > first!, `${first} s, ${second} s`);
    assert.deepEqual(
      rig.told.slice(rig.told.indexOf(lost)).filter(({ payload }) => payload === true),
      [],
    );
    assert.doesNotMatch(JSON.stringify(rig.told), /cret/);
    server = await Helper.start(python, [script("rtsp_server.py"), String(port), folder.path]);
    await rig.mayPass(true);
  });
});

describe("examples/camera-usb.json with ffmpeg's test source in place of /dev/video0", function () {
  this.timeout(180_000);
  let rig: CameraRig;

  before(async function () {
    needFfmpeg(this);
    rig = await CameraRig.start("camera-usb.json", (flow) => {
      const node = nodeCalled(flow, "camera");
      const command = String(node.command);
      const device = "-f v4l2 -input_format mjpeg -video_size 1280x720 -i /dev/video0";
      node.command = command.replace(device, "-re -f lavfi -i testsrc2=size=1280x720:rate=10");
      assert.notEqual(node.command, command);
      setEnvironment(flow, { SILENT_MS: 5000 });
    });
  });
  after(() => rig?.stop());

  it("learns and inspects its pictures", async () => {
    const { width, height } = (await rig.next("a picture", ({ image }) => image !== undefined)).image as Size;
    assert.deepEqual([width, height], [1280, 720]);
    assert.equal(programs().length, 1);
  });

  it("ends a program that has fallen silent and starts another, which is the only one", async function () {
    if (process.platform !== "linux") this.skip();
    const [hung] = programs();
    process.kill(hung!, "SIGSTOP");
    await rig.error(/no picture for 5 s/);
    await rig.next("another picture", ({ image }) => image !== undefined);
    assert.equal(programs().length, 1);
    assert.notEqual(programs()[0], hung);
  });

  it("leaves one program after a deploy, and none when its flow is gone", async function () {
    if (process.platform !== "linux") this.skip();
    const [before] = programs();
    const keep = nodeCalled(rig.flow, "keep the camera running");
    keep.func = `${String(keep.func)}\n// changed`;
    await rig.nodeRed.deploy(rig.flow, "nodes");
    while (programs().includes(before!)) await rig.next("news", () => true);
    await rig.next("a picture", ({ image }) => image !== undefined);
    assert.equal(programs().length, 1);
    const camera = nodeCalled(rig.flow, "camera");
    camera.command = "no-such-program";
    await rig.deploy();
    await rig.error(/it ended with -2/);
    assert.deepEqual(programs(), []);
  });

  const programs = () => childrenOf(rig.nodeRed.pid).filter((pid) => commandOf(pid) === "ffmpeg");
});

describe("examples/camera-genicam.json with Aravis' own GigE Vision camera", function () {
  this.timeout(180_000);
  let python: string;
  let camera: Helper | undefined;
  let rig: CameraRig;
  const start = () => Helper.start(python, [script("fake_camera.py"), "GS17"]);

  before(async function () {
    python = debianPython(this, { Aravis: "0.8" }, "python3-gi gir1.2-aravis-0.8");
    camera = await start();
    rig = await CameraRig.start("camera-genicam.json", (flow) => {
      const bridge = join(ROOT, "docs", "genicam-bridge.py");
      nodeCalled(flow, "camera").command = `${python} "${bridge}" --rate 4 --silent 4`;
      // That the waits grow is seen with the camera above.
      const keep = nodeCalled(flow, "keep the camera running");
      const func = String(keep.func);
      keep.func = func.replace("LONGEST_WAIT = 30000", "LONGEST_WAIT = 1000");
      assert.notEqual(keep.func, func);
    });
  });
  after(async () => {
    await rig?.stop();
    await camera?.kill();
  });

  it("learns and inspects its raw frames", async () => {
    const { width, height } = (await rig.next("a picture", ({ image }) => image !== undefined)).image as Size;
    assert.deepEqual([width, height], [512, 512]);
  });

  it("lets nothing pass while the camera is lost, and finds it again", async () => {
    await camera!.kill();
    await rig.error(/The camera is lost \(it ended with 1: (no whole frame for 4 seconds|.*No supported device)/);
    await rig.error(/No supported device found/);
    const from = rig.told.length;
    await rig.error(/No supported device found/);
    await rig.error(/No supported device found/);
    assert.deepEqual(
      rig.told.slice(from).filter(({ payload }) => payload === true),
      [],
    );
    camera = await start();
    await rig.next("a picture", ({ image }) => image !== undefined);
  });
});

/** A program's name; nothing of one that has ended. */
function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return undefined;
  }
}

interface Size {
  width: number;
  height: number;
}
