import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/shared-data";

interface Sent {
  payload: [Buffer | { data: Buffer; width: number; height: number; channels: number }];
}

/** The function node of an example that cuts a program's output into pictures, as Node-RED would run it. */
function reader(example: string, name: string) {
  const flow = JSON.parse(readFileSync(join(ROOT, "examples", example), "utf8")) as { name?: string; func?: string }[];
  const { func } = flow.find((node) => node.name === name)!;
  const store = new Map<string, unknown>();
  const context = { get: (key: string) => store.get(key), set: (key: string, value: unknown) => store.set(key, value) };
  const camera = { run: "a", since: 0, pictures: 0 };
  const errors: string[] = [];
  const node = { error: (text: string) => errors.push(text) };
  const run = new Function("msg", "context", "flow", "node", func!) as (...given: unknown[]) => Sent | null;
  const read = (payload: Buffer | string, of = camera.run) =>
    run({ payload, run: of }, context, { get: () => camera }, node)?.payload[0];
  return { read, camera, errors };
}

const jpeg = (fill: number, bytes = 40) => Buffer.alloc(bytes, fill);
const part = (data: Buffer) =>
  Buffer.concat([
    Buffer.from(`--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: ${data.length}\r\n\r\n`),
    data,
    Buffer.from("\r\n"),
  ]);
const pgm = (data: Buffer, width: number) =>
  Buffer.concat([Buffer.from(`P5\n${width} ${data.length / width}\n255\n`), data]);

describe("pictures from a camera's program", () => {
  // Pictures may contain what separates them.
  const [one, two] = [Buffer.concat([jpeg(1), Buffer.from("\r\n\r\nContent-length: 3\r\n\r\n")]), jpeg(2)];

  it("are whole, wherever its output is cut", () => {
    const output = Buffer.concat([part(one), part(two)]);
    for (let cut = 1; cut < output.length; cut++) {
      const { read, errors } = reader("camera-rtsp.json", "whole pictures");
      const seen = [read(output.subarray(0, cut)), read(output.subarray(cut))].filter((picture) => picture);
      // Cut within the second, the first comes at once; else only the newest of both.
      const isBoth = cut >= part(one).length - 2 && cut < output.length - 2;
      assert.deepEqual(seen, isBoth ? [one, two] : [two], `cut at ${cut}`);
      assert.deepEqual(errors, []);
    }
  });

  it("are whole, byte by byte, and where a piece came as text", () => {
    const { read } = reader("camera-usb.json", "whole pictures");
    const seen = [...Buffer.concat([part(one), part(two)])].map((byte) =>
      read(byte < 128 ? String.fromCharCode(byte) : Buffer.from([byte])),
    );
    assert.deepEqual(
      seen.filter((picture) => picture),
      [one, two],
    );
  });

  it("are never made of two programs' output", () => {
    const { read, camera } = reader("camera-rtsp.json", "whole pictures");
    assert.equal(read(part(one).subarray(0, 90)), undefined);
    camera.run = "b";
    assert.equal(read(part(one).subarray(90), "a"), undefined);
    assert.deepEqual(read(part(two)), two);
  });

  it("say how large they are where they are raw", () => {
    const { read } = reader("camera-genicam.json", "raw frames");
    const frames = [pgm(jpeg(200, 48), 8), pgm(jpeg(10, 20), 5)];
    const output = Buffer.concat(frames);
    const seen = [...output].map((byte) => read(Buffer.from([byte]))).filter((frame) => frame);
    assert.deepEqual(seen, [
      { data: jpeg(200, 48), width: 8, height: 6, channels: 1 },
      { data: jpeg(10, 20), width: 5, height: 4, channels: 1 },
    ]);
  });

  it("are none where the output is something else, which is said once", () => {
    for (const [example, name] of [
      ["camera-rtsp.json", "whole pictures"],
      ["camera-genicam.json", "raw frames"],
    ] as const) {
      const { read, errors } = reader(example, name);
      for (let i = 0; i < 5; i++) assert.equal(read(jpeg(65, 900)), undefined);
      assert.deepEqual(errors, ["The camera's program does not write pictures in the expected form."]);
    }
  });
});
