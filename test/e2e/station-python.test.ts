import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import type { FlowNode } from "../../scripts/demo/node-red-process";
import { pythonFor } from "../support/python";
import { ROOT } from "../support/shared-data";
import { PythonPlc } from "./python-plc";
import { eventually } from "./small-example";
import { type Handled, StationPlc } from "./station-plc";
import { StationRig } from "./station-rig";

const READY = 1;
const RESULT_VALID = 5;

interface Protocol {
  kind: "modbus" | "s7";
  example: string;
  name: string;
  palette: string[];
  patch: (node: FlowNode, port: number) => void;
}

const PROTOCOLS: Record<string, Protocol> = {
  "Modbus TCP by palette nodes, against pymodbus": {
    ...{
      kind: "modbus",
      example: "station-modbus-palette.json",
      name: "station2",
      palette: ["node-red-contrib-modbus"],
    },
    patch: (node, port) => {
      if (node.type === "modbus-client") node.tcpPort = String(port);
    },
  },
  "S7, against python-snap7": {
    ...{ kind: "s7", example: "station-s7.json", name: "station3", palette: ["node-red-contrib-s7"] },
    patch: (node, port) => {
      if (node.type === "s7 endpoint") node.port = String(port);
    },
  },
};

for (const [title, { kind, example, name, palette, patch }] of Object.entries(PROTOCOLS)) {
  describe(`the station on ${title}`, function () {
    this.timeout(300_000);
    let rig: StationRig;
    let plc: StationPlc | undefined;
    let part = 70_000;

    before(async function () {
      const python = pythonFor(title);
      if (python === undefined) return this.skip();
      const device = await PythonPlc.on(python, kind);
      plc = await StationPlc.start(device);
      rig = await StationRig.start({
        ...{ example: join(ROOT, "examples", example), name, palette },
        patch: (node) => patch(node, device.port),
      });
    });
    after(async () => {
      await rig?.close();
      await plc?.close();
    });
    // What hangs is to be seen in the log.
    afterEach(function () {
      if (this.currentTest?.isFailed()) console.log(rig?.nodeRed?.log());
    });

    async function show(image: Buffer): Promise<Handled> {
      await eventually("the station is ready", async () => plc!.bit(READY) && !plc!.bit(RESULT_VALID));
      rig.picture = image;
      let handled: Handled | undefined;
      void plc!.inspect(++part).then((answer) => {
        handled = answer;
      });
      await eventually("the PLC is answered", async () => handled !== undefined);
      return handled!;
    }

    it("passes a good part, and neither a defective nor a dark one", async () => {
      const good = await show(await StationRig.part());
      assert.deepEqual([good.answer, good.resultCode, good.pass, good.inspectionId], ["result", 0, true, 1]);
      assert.ok(good.score < good.threshold && good.threshold > 0);
      const bad = await show(await StationRig.part("chipped_edge"));
      assert.deepEqual([bad.pass, bad.fail, bad.inspectionId], [false, true, 2]);
      const darkness = sharp(await StationRig.part()).linear(0.02, 0);
      const dark = await show(await darkness.jpeg().toBuffer());
      assert.deepEqual([dark.pass, dark.fail, dark.unlike, dark.inspectionId], [false, false, true, 3]);
    });

    it("goes on with the next number when Node-RED was killed, and finds the PLC again", async () => {
      rig.nodeRed.kill();
      await eventually("the PLC misses the station's heartbeat", async () => !plc!.isAlive);
      await rig.startNodeRed();
      await eventually("the heartbeat is back", async () => plc!.isAlive);
      const good = await show(await StationRig.part());
      assert.ok(good.pass && good.inspectionId > 3 && good.inspectionId <= 8, String(good.inspectionId));
    });
  });
}
