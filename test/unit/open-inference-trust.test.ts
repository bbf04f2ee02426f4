import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { infer, onInfer, refusal, remoteSessions, TOKEN } from "../support/remote-sessions";

describe("whom an inference server and its client trust", () => {
  const { folder, serve, open } = remoteSessions();

  it("sends the token, and tells a refused one without repeating it", async () => {
    const server = await serve({ token: TOKEN });
    await infer(await open([server.url], { token: TOKEN }));
    assert.match(await refusal(open([server.url]), "DEVICE_UNAVAILABLE"), /refused the token \(401\)/);
    const session = await open([server.url], { token: TOKEN });
    server.fault = onInfer(() => ({ status: 422 }));
    assert.match(await refusal(infer(session), "BAD_BACKBONE"), /injected by the test Bearer \*\*\*/);
    const other = await serve({ token: "another" });
    assert.match(await refusal(open([other.url], { token: TOKEN }), "DEVICE_UNAVAILABLE"), /refused the token/);
  });

  it("trusts a company's own authority where its file is given, and nobody else's", async function () {
    const tls = certificate(folder.path);
    if (!tls) {
      console.log("      skipped: the openssl command is not there");
      return this.skip();
    }
    const server = await serve({ tls });
    await infer(await open([server.url], { ca: tls.ca }));
    assert.match(await refusal(open([server.url], { retries: 0 }), "DEVICE_UNAVAILABLE"), /is not trusted/);
    await infer(await open([server.url], { insecure: true }));
    const missing = join(folder.path, "none.pem");
    assert.match(await refusal(open([server.url], { ca: missing }), "BAD_REQUEST"), /none\.pem cannot be read/);
  });
});

/** A certificate for 127.0.0.1, signed by an authority made on the spot. */
function certificate(folder: string): { key: string; cert: string; ca: string } | undefined {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => spawnSync("openssl", args, { cwd: folder, encoding: "utf8" }).status === 0;
  writeFileSync(file("san.cnf"), "subjectAltName=IP:127.0.0.1\n");
  const newKey = ["-newkey", "rsa:2048", "-nodes"];
  const made =
    openssl(
      "req",
      "-x509",
      ...newKey,
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
      "-days",
      "2",
      "-subj",
      "/CN=test authority",
    ) &&
    openssl("req", ...newKey, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=inference") &&
    openssl(
      "x509",
      "-req",
      "-in",
      "server.csr",
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "2",
      "-extfile",
      "san.cnf",
      "-out",
      "server.pem",
    );
  if (!made) return undefined;
  const text = (name: string) => readFileSync(file(name), "utf8");
  return { key: text("server.key"), cert: text("server.pem"), ca: file("ca.pem") };
}
