import assert from "node:assert/strict";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { hidePaths } from "../../nodes/shared/hide-paths";

describe("answers over HTTP", () => {
  const user = join(homedir(), "node red", ".node-red");
  const hide = (text: string) => hidePaths(text, user);

  it("name files of the user directory from there, and others without their folders", () => {
    assert.equal(
      hide(`The bank ${join(user, "golden-sample", "banks", "part", "1.safetensors")} cannot be used: it is cut off.`),
      `The bank ${join("golden-sample", "banks", "part", "1.safetensors")} cannot be used: it is cut off.`,
    );
    assert.equal(hide(`"${join(tmpdir(), "x.tmp")}"`), '"x.tmp"');
    assert.equal(
      hidePaths({ path: join(user, "m.onnx"), list: [{ at: join(homedir(), "a", "b.onnx") }], bytes: 1 }, user).list[0]!
        .at,
      join("a", "b.onnx"),
    );
  });

  it("keep what only looks like a path", function () {
    if (process.platform === "win32") this.skip();
    for (const text of ["/encoder/layer.11/Add_output_0", "https://example.org/usr/x", "3/4", "and/or", "a /b c"])
      assert.equal(hide(text), text);
    assert.equal(hide("The file /usr/share/model.onnx, or (/etc/x/y)."), "The file model.onnx, or (y).");
  });
});
