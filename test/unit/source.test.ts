import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { toImageSource } from "../../lib/image/source";

const bytes = Buffer.from("ffd8ffe000104a46494600010100000100010000ffdb00430008060607", "hex");

describe("what a message carries as an image", () => {
  it("takes a Buffer as it is, sharing its memory", () => {
    const source = toImageSource(bytes);
    assert.ok(source.kind === "encoded" && source.data === bytes);
  });

  it("takes base64 and data URLs", () => {
    const base64 = bytes.toString("base64");
    // As browsers, dashboards and HTTP nodes write them.
    const types = ["image/jpeg", "image/svg+xml", "application/octet-stream", "image/jpeg;name=1.jpg", ""];
    for (const text of [base64, ...types.map((type) => `data:${type};base64,${base64}`)]) {
      assert.deepEqual(toImageSource(text), { kind: "encoded", data: bytes });
    }
  });

  it("takes a path only where the node allows it", () => {
    assert.deepEqual(toImageSource("/data/part.jpg", { allowPaths: true }), { kind: "path", path: "/data/part.jpg" });
    assert.deepEqual(toImageSource("C:\\photos\\part.jpg", { allowPaths: true }).kind, "path");
    assert.throws(() => toImageSource("/data/part.jpg"), /carries a path, which this node does not read/);
  });

  it("takes a long base64 text that begins like a path for what it is", () => {
    const text = Buffer.concat([bytes, Buffer.alloc(2000, 1)]).toString("base64");
    assert.equal(text[0], "/");
    assert.equal(toImageSource(text, { allowPaths: true }).kind, "encoded");
  });

  it("takes raw pixels whose size fits", () => {
    const raw = { data: Buffer.alloc(24), width: 4, height: 2, channels: 3 };
    assert.deepEqual(toImageSource(raw), { kind: "raw", ...raw });
    assert.throws(() => toImageSource({ ...raw, width: 5 }), /24 bytes for 5 x 2 x 3/);
    assert.throws(() => toImageSource({ ...raw, channels: 2, width: 6 }), /channels \(1, 3 or 4\)/);
  });

  it("says what to change when an image went through text", () => {
    const damaged = bytes.toString("utf8");
    assert.throws(() => toImageSource(damaged), /set the output of the mqtt-in \(or file\) node to "a Buffer"/);
  });

  it("refuses everything else in one sentence", () => {
    for (const value of [
      undefined,
      null,
      7,
      true,
      {},
      [],
      "hello",
      "",
      { data: "x", width: 1, height: 1, channels: 1 },
    ]) {
      assert.throws(() => toImageSource(value), { code: "BAD_IMAGE" });
    }
  });
});
