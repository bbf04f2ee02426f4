import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { appendFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { renderPart } from "../support/rendered-part";
import { CameraRig, nodeCalled, setEnvironment, type Told } from "./camera-rig";

const NAMES = ["2026-01-01 10.00.01.jpg", "$(touch gone); `id`.jpg", "it's “new”.JPG", "-rf.jpg", "a&b|c>d.jpg"];

describe("examples/camera-folder.json with a camera that uploads in slices", function () {
  this.timeout(180_000);
  let rig: CameraRig;
  let inbox: string;
  let archive: string;
  const pictures: Buffer[] = [];

  before(async function () {
    if (process.platform === "win32") this.skip();
    for (let seed = 0; seed <= NAMES.length + 4; seed++) pictures.push(await renderPart(seed));
    rig = await CameraRig.start("camera-folder.json", (flow, folder) => {
      inbox = join(folder, "in box");
      archive = join(folder, "inspected");
      mkdirSync(inbox);
      nodeCalled(flow, "new in the folder").files = inbox;
      nodeCalled(flow, "there already").command = `find '${inbox}' -maxdepth 1 -type f`;
      setEnvironment(flow, { ARCHIVE: archive });
    });
  });
  after(() => rig?.stop());

  it("learns the first ones, and inspects each of many that come at the same time, whole and once", async () => {
    for (const name of ["good-1.jpg", "good-2.jpg"]) {
      await upload(name, pictures.pop()!);
      await told(name, "reference");
    }
    const from = rig.told.length;
    await Promise.all(NAMES.map((name, i) => upload(name, pictures[i]!)));
    while (rig.told.slice(from).filter(isPicture).length < NAMES.length) await rig.next("all are inspected", isPicture);
    const seen = rig.told.slice(from).filter(isPicture);
    assert.deepEqual(seen.map(nameOf).sort(), [...NAMES].sort());
    for (const { payload, archived, topic } of seen) {
      assert.equal(payload, "ok");
      // Written to the archive as it was uploaded.
      const at = NAMES.indexOf(nameOf({ topic } as Told));
      assert.ok(readFileSync(archived!).equals(pictures[at]!), archived);
    }
    assert.deepEqual(readdirSync(inbox), []);
  });

  it("judges no half of a picture as good where an upload pauses, and the whole one when it goes on", async () => {
    const picture = pictures[0]!;
    const half = picture.length >> 1;
    const from = rig.told.length;
    await appendFile(join(inbox, "paused.jpg"), picture.subarray(0, half));
    await rig.error(/cut|broken|incomplete|missing|not whole|damaged/i);
    assert.deepEqual(rig.told.slice(from).filter(isPicture), []);
    assert.deepEqual(readdirSync(inbox), ["paused.jpg"]);
    await appendFile(join(inbox, "paused.jpg"), picture.subarray(half));
    await told("paused.jpg", "ok");
    assert.deepEqual(readdirSync(inbox), []);
  });

  it("takes one that is uploaded under another name and renamed, and nothing that is no picture", async () => {
    await upload("upload.part", pictures[1]!);
    await rename(join(inbox, "upload.part"), join(inbox, "renamed.jpg"));
    await told("renamed.jpg", "ok");
    writeFileSync(join(inbox, "notes.txt"), "no picture");
    await upload("after.jpg", pictures[2]!);
    await told("after.jpg", "ok");
    assert.deepEqual(readdirSync(inbox), ["notes.txt"]);
  });

  it("inspects what came while it was stopped", async () => {
    await rig.nodeRed.deploy([]);
    await upload("meanwhile.jpg", pictures[3]!);
    await rig.deploy();
    await told("meanwhile.jpg", "ok");
  });

  const told = (name: string, verdict: string) =>
    rig.next(`${name}: ${verdict}`, (heard) => isPicture(heard) && nameOf(heard) === name && heard.payload === verdict);

  async function upload(name: string, picture: Buffer): Promise<void> {
    const slice = Math.ceil(picture.length / 8);
    for (let at = 0; at < picture.length; at += slice) {
      await appendFile(join(inbox, name), picture.subarray(at, at + slice));
      await pause(50);
    }
  }
});

const isPicture = ({ from }: Told) => from === "result";
const nameOf = ({ topic }: Told) => topic!.split("/").pop()!;
