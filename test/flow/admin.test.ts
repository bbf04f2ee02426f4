import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { tinyBackbone } from "../support/tiny-backbone";
import { BACKBONE, BANK, buildBank, type FlowNode, FlowTest, RESOLUTION, TAB } from "./harness";

const flow: FlowNode[] = [TAB, BACKBONE, BANK];

describe("admin endpoints", () => {
  let test: FlowTest;
  beforeEach(async () => {
    test = new FlowTest();
    await test.start(flow);
  });
  afterEach(() => test.end());

  it("tell what is kept of a bank", async () => {
    await buildBank(test.banks, "part", 2);
    const { status, body } = await test.admin.get("/golden-sample/banks/part");
    assert.deepEqual([status, body.version, body.references], [200, 1, 2]);
    assert.equal((body.versions as { resolution: number }[])[0]!.resolution, RESOLUTION);
  });

  it("make no bank by undoing on one that there is not", async () => {
    const { status, body } = await test.admin.post("/golden-sample/banks/unknown/undo");
    assert.deepEqual([status, body.undone], [200, "nothing"]);
    assert.ok(!existsSync(join(test.banks, "unknown")));
  });

  it("tell of a bank that is not built yet", async () => {
    const { status, body } = await test.admin.get("/golden-sample/banks/new");
    assert.deepEqual(
      [status, body],
      [200, { name: "new", versions: [], references: 0, accepted: 0, defects: 0, cleared: false }],
    );
  });

  it("take versions into use, compare, and delete them, and note who did it", async () => {
    await buildBank(test.banks, "part", 2);
    await buildBank(test.banks, "part", 1, 9);
    const used = await test.admin.post("/golden-sample/banks/part/versions/1/use");
    assert.deepEqual([used.status, used.body.version, used.body.before], [200, 1, 2]);
    const refused = await test.admin.post("/golden-sample/banks/part/versions/1/delete");
    assert.deepEqual([refused.status, refused.body.code], [422, "BAD_REQUEST"]);
    const compared = await test.admin.get("/golden-sample/banks/part/compare/1/2");
    assert.deepEqual([compared.status, (compared.body.scores as unknown[]).length], [200, 3]);
    const deleted = await test.admin.post("/golden-sample/banks/part/versions/2/delete");
    assert.deepEqual([deleted.status, (deleted.body.versions as unknown[]).length], [200, 1]);
    const undone = await test.admin.post("/golden-sample/banks/part/undo");
    // The one before was deleted.
    assert.deepEqual([undone.status, undone.body.code], [422, "BANK_NOT_BUILT"]);
    const { body } = await test.admin.get("/golden-sample/banks/part/log");
    const entries = body.entries as { action: string; by: string }[];
    assert.deepEqual(
      entries.slice(-2).map(({ action, by }) => [action, by]),
      [
        ["use", "editor"],
        ["delete", "editor"],
      ],
    );
  });

  it("make test defects of a bank, each with its picture and what came of it", async () => {
    await buildBank(test.banks, "part", 2);
    const { status, body } = await test.admin.post("/golden-sample/banks/part/made-defects");
    assert.equal(status, 200, JSON.stringify(body));
    const { threshold, sheet } = body as {
      threshold: number;
      sheet: { score: number; counts: boolean; picture: string }[];
    };
    assert.ok(threshold > 0 && sheet.length > 15 && sheet[0]!.counts && sheet.some(({ score }) => score > threshold));
    for (const { picture } of sheet)
      assert.equal(Buffer.from(picture, "base64").subarray(0, 2).toString("hex"), "ffd8");
    assert.ok("finds" in (await test.admin.get("/golden-sample/banks/part")).body);
    const unknown = await test.admin.post("/golden-sample/banks/unknown/made-defects");
    assert.deepEqual([unknown.status, unknown.body.code], [422, "BAD_REQUEST"]);
  });

  it("tell what it costs to look for defects of so many pixels, tried on a reference", async () => {
    const ask = (smallest: number | string) => test.admin.get(`/golden-sample/banks/part/cost/${smallest}`);
    const nothing = await ask(8);
    assert.deepEqual([nothing.status, nothing.body.code], [422, "BAD_REQUEST"]);
    await buildBank(test.banks, "part", 2);
    const [usual, fine] = [(await ask(0)).body, (await ask(14)).body];
    assert.deepEqual([usual.width, usual.height], [160, 120]);
    assert.ok((fine.patches as number) > (usual.patches as number), `${fine.patches} for ${usual.patches}`);
    for (const { milliseconds, search } of [usual, fine])
      assert.ok((milliseconds as number) > 0 && (search as number) > 0);
    assert.equal((await ask("huge")).status, 422);
  });

  it("export a version and import it", async () => {
    await buildBank(test.banks, "part", 2);
    const { status, body } = await test.admin.get("/golden-sample/banks/part/versions/1/export");
    assert.equal(status, 200);
    const file = Buffer.from(body as unknown as Buffer);
    assert.ok(file.includes(readFileSync(join(test.banks, "part", "references", "000002.jpeg"))));
    const upload = (bytes: Buffer) =>
      test.admin.post("/golden-sample/banks/copy/import").set("Content-Type", "application/octet-stream").send(bytes);
    const imported = await upload(file);
    const { imported: number, version, references } = imported.body;
    assert.deepEqual([imported.status, number, version, references], [200, 1, 1, 2]);
    const refused = await upload(file.subarray(0, 1000));
    assert.deepEqual([refused.status, refused.body.code], [422, "BAD_BANK"]);
    const absent = await test.admin.get("/golden-sample/banks/part/versions/7/export");
    assert.deepEqual([absent.status, absent.body.code], [422, "BANK_NOT_BUILT"]);
  });

  it("name no folder of this machine, neither in answers nor in errors", async () => {
    await buildBank(test.banks, "part", 2);
    const place = dirname(dirname(test.banks));
    writeFileSync(join(test.banks, "part", "2.safetensors"), "no bank");
    const settings = { model: "file", file: join(place, "missing.onnx"), device: "auto" };
    for (const answer of [
      await test.admin.get("/golden-sample/banks/part"),
      await test.admin.get("/golden-sample/banks/part/log"),
      await test.admin.get("/golden-sample/banks/part/versions/2/export"),
      await test.admin.post("/golden-sample/banks/part/versions/2/use"),
      await test.admin.post("/golden-sample/models/list").send({}),
      await test.admin.post("/golden-sample/models/import").send({ modelName: "dinov2-small", file: settings.file }),
      await test.admin.post("/golden-sample/backbone/check").send(settings),
    ]) {
      const text = JSON.stringify(answer.body);
      assert.ok(text.length > 2 && !text.includes(place) && !text.includes(tmpdir()), text);
    }
    const { path } = (
      (await test.admin.post("/golden-sample/models/list").send({})).body.models as { path: string }[]
    )[0]!;
    assert.match(path, /^golden-sample.models./);
  });

  it("show a reference", async () => {
    await buildBank(test.banks, "part", 1);
    const picture = await test.admin.get("/golden-sample/banks/part/references/0");
    assert.deepEqual([picture.status, picture.type], [200, "image/jpeg"]);
    const { status, body } = await test.admin.get("/golden-sample/banks/part/references/1");
    assert.deepEqual([status, body.code], [422, "BAD_REQUEST"]);
  });

  for (const path of ["banks/..%2Fsecret", "banks/.hidden", "banks/a%2Fb/references/0", "banks/part/references/x"]) {
    it(`refuse ${path}`, async () => {
      const { status, body } = await test.admin.get(`/golden-sample/${path}`);
      assert.deepEqual([status, body.code], [422, "BAD_REQUEST"]);
    });
  }

  it("check a backbone before it is deployed", async () => {
    const settings = { model: "texture", resolution: "112", device: "auto" };
    const { status, body } = await test.admin.post("/golden-sample/backbone/check").send(settings);
    assert.deepEqual([status, body.id, body.resolution], [200, "texture", 112]);
    assert.match(body.sha256 as string, /^[0-9a-f]{64}$/);
    assert.ok((body.patchSize as number) > 0 && (body.dimension as number) > 0);
  });

  it("check a file with a description, and show what was deduced", async () => {
    const file = join(test.banks, "..", "..", "fixed.onnx");
    writeFileSync(file, tinyBackbone({ fixed: 112 }));
    const settings = { model: "file", file, resolution: "448", device: "auto", description: '{"mean": [0, 0, 0]}' };
    const { status, body } = await test.admin.post("/golden-sample/backbone/check").send(settings);
    assert.deepEqual([status, body.resolution, body.mean], [200, 112, [0, 0, 0]], String(body.message));
    assert.deepEqual(body.size, { kind: "fixed", height: 112, width: 112 });
    assert.equal((body.outputs as { leadingTokens: number }[])[0]!.leadingTokens, 1);
  });

  for (const [settings, code] of [
    [{ model: "file", file: "" }, "BAD_REQUEST"],
    [{ model: "file", file: "missing.onnx" }, "BAD_BACKBONE"],
    [{ model: "texture", resolution: "huge" }, "BAD_REQUEST"],
    [{ model: "file", file: "some.onnx", description: "{" }, "BAD_REQUEST"],
    [{ model: "file", file: "some.onnx", description: '{"patch": 14}' }, "BAD_REQUEST"],
  ] as const) {
    it(`say what is wrong with ${JSON.stringify(settings)}`, async () => {
      const { status, body } = await test.admin.post("/golden-sample/backbone/check").send(settings);
      assert.deepEqual([status, body.code], [422, code]);
      assert.match(body.message as string, /: .*\.$/);
    });
  }

  it("work while nothing is deployed", async () => {
    await test.deploy([TAB]);
    const { status } = await test.admin.get("/golden-sample/banks/part");
    assert.equal(status, 200);
  });
});
