import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { Method } from "../../lib/engine/requests";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { GoldenSampleError } from "../../lib/errors";
import { seededRandom } from "../../lib/random";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";

const VALUES = [undefined, null, 0, -1, 0.5, 1e9, Number.NaN, Number.POSITIVE_INFINITY, 1n, "", "../x", "\0", [], {}];
const ODD = [...VALUES, Symbol("x"), () => 1, new Map([[1, 2]]), Buffer.alloc(3), new Date(Number.NaN)];
const ROUNDS = 250;

describe("requests that were made to do harm", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: EngineClient;
  before(async () => {
    folder = temporaryFolder();
    engine = new EngineClient();
    await engine.call("describe", { backbone: { model: "texture", resolution: 56 } });
  });
  after(() => {
    engine.close();
    folder.remove();
  });

  it("are answered or refused in one sentence, by the same process", async () => {
    const random = seededRandom(20261128);
    const one = (limit: number) => Math.floor(random() * limit);
    const image = { kind: "encoded", data: await partJpeg({ seed: 1 }) };
    const raw = { kind: "raw", data: Buffer.alloc(12), width: 2, height: 2, channels: 3 };
    const backbone = { model: "texture", resolution: 56, device: "cpu" };
    const bank = { directory: folder.path, name: "part" };
    const mask = { rows: 3, cols: 4, dtype: "uint8", data: Buffer.alloc(12, 1) };
    const whole: [Method, object][] = [
      [
        "mask",
        {
          image,
          backbone,
          foreground: "auto",
          include: [
            [
              [0, 0],
              [1, 0],
              [1, 1],
            ],
          ],
        },
      ],
      ["score", { image, backbone, bank, mask, map: true, regions: true, overlay: true, regionLevel: 1 }],
      ["batch", { images: [{ image, mask }, { image: raw }], backbone, foreground: "on" }],
      ["build", { bank, backbone, settings: { neighbours: 1, scorer: "subspace" }, references: [image, image] }],
      ["addReference", { bank, image: raw, mask, actor: { by: "x" } }],
      ["undo", { bank }],
      ["auditLog", { bank, limit: 5 }],
    ];
    const { pid } = engine;
    for (let round = 0; round < ROUNDS; round++) {
      const [method, request] = whole[one(whole.length)]!;
      const call = engine.call(method, spoilt(request, one) as never, { deadline: 60_000 });
      const thrown = await call.then(
        () => undefined,
        (error: unknown) => error,
      );
      if (thrown === undefined) continue;
      assert.ok(thrown instanceof GoldenSampleError, `round ${round}, ${method}: ${String(thrown)}`);
      assert.ok(!["INTERNAL", "ENGINE_CRASHED", "TIMEOUT"].includes(thrown.code), `${method}: ${thrown.message}`);
      assert.doesNotMatch(thrown.message, /\n|\bat .*:\d+:\d+/);
    }
    assert.equal(engine.pid, pid);
  });
});

/** A copy with something else in one or two places. */
function spoilt(request: object, one: (limit: number) => number): object {
  const copy = copyOf(request) as object;
  for (let i = 0; i <= one(2); i++) spoil(copy, one);
  return copy;
}

function spoil(value: object, one: (limit: number) => number): void {
  const keys = Object.keys(value);
  const key = keys[one(keys.length)];
  if (key === undefined) return;
  const holder = value as Record<string, unknown>;
  const inner = holder[key];
  const isOpen = typeof inner === "object" && inner !== null && !(inner instanceof Uint8Array);
  if (isOpen && one(5) > 0) spoil(inner, one);
  else holder[key] = ODD[one(ODD.length)];
}

function copyOf(value: unknown): unknown {
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)]));
}
