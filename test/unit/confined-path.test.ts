import assert from "node:assert/strict";
import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { pathWithin, realPathWithin } from "../../lib/confined-path";
import { decodeImage } from "../../lib/image/decode";
import { toImageSource } from "../../lib/image/source";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";

describe("paths that messages name", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const at = (...parts: string[]) => join(folder.path, ...parts);
  const exchange = () => at("exchange");
  const rule = { code: "BAD_REQUEST", absolute: false } as const;
  const real = (name: string, use: "read" | "write") =>
    realPathWithin(exchange(), pathWithin(exchange(), name, rule), use, "BAD_REQUEST");

  beforeEach(() => {
    folder = temporaryFolder();
    mkdirSync(at("exchange", "sub"), { recursive: true });
    mkdirSync(at("exchange-2"));
    for (const name of ["secret", "exchange/a", "exchange/sub/b", "exchange-2/c"]) writeFileSync(at(name), name);
  });
  afterEach(() => folder.remove());

  it("lie in their folder", async () => {
    for (const name of ["a", "./a", "sub/b", "sub/new", "new/deep/er"])
      assert.equal(pathWithin(exchange(), name, rule), at("exchange", name));
    assert.equal(await real("a", "read"), realpathSync(at("exchange", "a")));
    assert.equal(await real("new/deep", "write"), join(realpathSync(exchange()), "new", "deep"));
  });

  it("are refused where their words lead elsewhere", () => {
    const names = ["", ".", "..", "../secret", "sub/../../secret", "sub\\..\\..\\secret", "a\0b", "C:x", "a:stream"];
    for (const name of [...names, at("exchange", "a"), "/etc/passwd", "C:\\x", "\\\\host\\share"])
      assert.throws(() => pathWithin(exchange(), name, rule), { code: "BAD_REQUEST" }, JSON.stringify(name));
    const whole = { ...rule, absolute: true };
    assert.equal(pathWithin(exchange(), at("exchange", "a"), whole), at("exchange", "a"));
    for (const name of [at("secret"), at("exchange-2", "c"), at("exchange", "..", "secret"), "../secret"])
      assert.throws(() => pathWithin(exchange(), name, whole), { code: "BAD_REQUEST" }, name);
  });

  it("are refused where a link in the folder leads elsewhere", async () => {
    symlinkSync(at("secret"), at("exchange", "link"));
    symlinkSync(folder.path, at("exchange", "up"));
    symlinkSync(at("nowhere"), at("exchange", "dangling"));
    symlinkSync(at("exchange", "a"), at("exchange", "inner"));
    for (const name of ["link", "up/secret", "up/exchange-2/c"])
      await assert.rejects(real(name, "read"), /leads out of the folder/, name);
    for (const name of ["dangling", "absent", "up/absent"])
      await assert.rejects(real(name, "read"), { code: "BAD_REQUEST" }, name);
    for (const name of ["up/new", "up/new/deep", "dangling/new"]) await assert.rejects(real(name, "write"), name);
    assert.ok(!existsSync(at("nowhere")) && !existsSync(at("new")));
    assert.equal(await real("inner", "read"), realpathSync(at("exchange", "a")));
    // What is written takes the link's place, and leaves alone what it leads to.
    assert.equal(await real("link", "write"), join(realpathSync(exchange()), "link"));
  });

  it("are read as images only from the folder that is set", async () => {
    writeFileSync(at("exchange", "part.jpg"), await partJpeg());
    writeFileSync(at("other.jpg"), await partJpeg());
    symlinkSync(at("other.jpg"), at("exchange", "link.jpg"));
    const read = async (path: string) => decodeImage(toImageSource(path, { allowPaths: true, within: exchange() }));
    for (const path of ["part.jpg", at("exchange", "part.jpg")]) assert.equal((await read(path)).width, 160);
    for (const path of [at("other.jpg"), "../other.jpg", "link.jpg", "absent.jpg"])
      await assert.rejects(read(path), { code: "BAD_IMAGE" }, path);
    assert.equal((await decodeImage(toImageSource(at("other.jpg"), { allowPaths: true }))).width, 160);
  });
});
