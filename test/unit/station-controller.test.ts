import assert from "node:assert/strict";
import { GoldenSampleError, plain, type StationMemory, type StationOutputs, textOf } from "../../lib";
import { Controller, type StationMessages } from "../../nodes/station/controller";
import { readSettings } from "../../nodes/station/settings";

/** A disk that takes as long as the test wants. */
class SlowDisk {
  readonly written: StationMemory[] = [];
  private last = "";
  private finish: ((error?: Error) => void)[] = [];

  read(): undefined {
    return undefined;
  }

  isLast(memory: StationMemory): boolean {
    return JSON.stringify(memory) === this.last;
  }

  write(memory: StationMemory): Promise<void> {
    this.last = JSON.stringify(memory);
    this.written.push(memory);
    return new Promise((resolve, reject) => {
      this.finish.push((error) => (error ? reject(error) : resolve()));
    });
  }

  /** Ends what is being written, again and again until nothing is. */
  async catchUp(error?: Error): Promise<void> {
    while (this.finish.length > 0) {
      this.finish.shift()!(error);
      await new Promise(setImmediate);
    }
  }
}

describe("a station whose disk is slow", () => {
  let disk: SlowDisk;
  let station: Controller;
  let time: number;
  let sent: StationMessages[];
  let warnings: string[];
  let bank: string;

  beforeEach(async () => {
    [disk, time, sent, warnings, bank] = [new SlowDisk(), 0, [], [], "part"];
    const nothing = () => undefined;
    station = new Controller({
      settings: readSettings({ fresh: 1000, deadline: 60_000, cameraTimeout: 60_000, plcTimeout: 0 } as never),
      file: disk,
      status: { ready: nothing, alarm: nothing, working: nothing, waiting: nothing } as never,
      now: () => time,
      send: (messages) => sent.push(messages),
      loadBank: async () => ({ stored: bank, judging: bank }),
      warn: (said) => warnings.push(textOf(said)),
    });
    station.begin();
    station.happens({ time, type: "engine", state: "ready" });
    station.happens({ time, type: "signals", signals: { triggerEnable: true } });
    await disk.catchUp();
    await new Promise(setImmediate);
    assert.equal(told()?.ready, true);
  });

  const told = () => sent.flatMap(([plc]) => (plc ? [plc.station as StationOutputs] : [])).at(-1);
  const exposed = () => sent.filter(([, camera]) => camera).length;
  const handedOut = () => sent.filter(([, , , result]) => result).length;
  const trigger = () => station.happens({ time, type: "signals", signals: { trigger: true } });
  const judge = () =>
    station.happens({
      ...{ time, type: "verdict", id: 1, verdict: "ok", over: false, score: 0.1, threshold: 0.2, bank },
    });

  it("tells the camera at once, for numbers are kept ahead, and the PLC once the inspection is on the disk", async () => {
    trigger();
    assert.deepEqual([told()?.triggerAck, exposed()], [false, 1]);
    assert.ok(disk.written.at(-2)!.nextId > 1, "a number that was kept before");
    await disk.catchUp();
    assert.deepEqual([told()?.triggerAck, exposed()], [true, 1]);
  });

  it("goes on with its bank under another name, which the next part is judged by", async () => {
    bank = "housing";
    station.banksChanged();
    await new Promise(setImmediate);
    trigger();
    station.happens({ time, type: "frame", id: 1 }, { payload: "picture" } as never);
    assert.deepEqual(
      sent.flatMap(([, , frame]) => (frame ? [frame.bank] : [])),
      ["housing"],
    );
    await disk.catchUp();
    judge();
    await disk.catchUp();
    assert.equal(told()?.pass, true);
  });

  it("gives away no more numbers than are kept", async () => {
    for (let part = 1; part <= 6; part++) {
      station.happens({ time, type: "signals", signals: { trigger: true, partId: part } });
      station.happens({ time, type: "failure", id: part });
      station.happens({ time, type: "signals", signals: { trigger: false } });
    }
    const kept = disk.written.at(-1)!.nextId;
    assert.deepEqual([exposed() < kept, exposed() < 6], [true, true]);
    await disk.catchUp();
    assert.equal(exposed(), 6);
  });

  it("tells the PLC of a verdict without waiting for the disk, and everybody else once it is there", async () => {
    trigger();
    await disk.catchUp();
    judge();
    assert.deepEqual([told()?.resultValid, told()?.pass, told()?.inspectionId], [true, true, 1]);
    assert.equal(handedOut(), 0);
    await disk.catchUp();
    assert.equal(handedOut(), 1);
  });

  it("takes a result back for its acknowledgement only when that is on the disk", async () => {
    trigger();
    judge();
    await disk.catchUp();
    station.happens({ time, type: "signals", signals: { resultAck: true } });
    assert.equal(told()?.resultValid, true);
    await disk.catchUp();
    assert.equal(told()?.resultValid, false);
  });

  it("tells of no pass that is over before its inspection is on the disk", async () => {
    trigger();
    judge();
    time = 5000;
    await disk.catchUp();
    const passes = sent.filter(([plc]) => (plc?.station as StationOutputs | undefined)?.pass);
    assert.deepEqual([passes, told()?.resultCode], [[], 33]);
  });

  it("goes on, and says so once, where the disk refuses", async () => {
    trigger();
    await disk.catchUp(new GoldenSampleError("BAD_REQUEST", plain("The disk is full.")));
    assert.equal(told()?.triggerAck, true);
    for (let i = 0; i < 10; i++) station.happens({ time: ++time, type: "tick" });
    assert.deepEqual(warnings, ["The disk is full."]);
  });

  it("has written everything before another takes its place", async () => {
    trigger();
    judge();
    let hasEnded = false;
    const end = station.end().then(() => {
      hasEnded = true;
    });
    await new Promise(setImmediate);
    assert.equal(hasEnded, false);
    await disk.catchUp();
    await end;
    assert.deepEqual([disk.written.at(-1)?.results[0]?.kind, disk.written.at(-1)?.nextId], ["pass", 2]);
  });
});
