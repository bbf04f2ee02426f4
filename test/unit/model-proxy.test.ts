import assert from "node:assert/strict";
import { createServer, request as httpRequest } from "node:http";
import { describe, it } from "mocha";
import { proxyFor } from "../../lib/backbone/models/proxy";
import * as serving from "../support/model-server";
import { failure, servedModel } from "../support/served-model";

describe("the proxy of a model's download", () => {
  let server: serving.ModelServer;
  const { store, isThere } = servedModel((made) => {
    server = made;
  });

  it("is taken from the environment", () => {
    const via = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env)?.host;
    assert.equal(via("https://a.b/x", { HTTPS_PROXY: "http://p:8", HTTP_PROXY: "http://q:9" }), "p:8");
    assert.equal(via("http://a.b/x", { http_proxy: "q:9" }), "q:9");
    assert.equal(via("http://a.b/x", { http_proxy: "q:9", NO_PROXY: "c.d, .b" }), undefined);
    assert.equal(via("http://a.b/x", { http_proxy: "q:9", NO_PROXY: "a.b:81" }), "q:9");
    assert.equal(via("http://xa.b/x", { http_proxy: "q:9", NO_PROXY: "a.b" }), "q:9");
    assert.equal(via("http://a.b/x", { all_proxy: "q:9", no_proxy: "*" }), undefined);
    assert.throws(() => via("http://a.b/x", { http_proxy: "socks5://q" }), /no http:\/\/ address/);
  });

  it("carries plain downloads", async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers["proxy-authorization"]}`);
      const { address } = server;
      const onward = httpRequest(address + new URL(request.url!).pathname, { headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      onward.end();
    });
    const address = (await serving.listen(proxy)).replace("//", "//user:secret@");
    await store({ env: { HTTP_PROXY: address } }, "http://models.example").ensure("tiny");
    await serving.close(proxy);
    isThere();
    const login = Buffer.from("user:secret").toString("base64");
    assert.deepEqual(asked, [`http://models.example/test/tiny/resolve/abc123/onnx/model.onnx Basic ${login}`]);
  });

  it("is asked for a tunnel to an https server", async () => {
    const asked: string[] = [];
    const proxy = createServer().on("connect", (request, socket) => {
      asked.push(request.url!);
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    });
    const env = { HTTPS_PROXY: await serving.listen(proxy) };
    const message = await failure(store({ env, pauses: [] }, "https://models.example").ensure("tiny"));
    await serving.close(proxy);
    assert.match(message, /the proxy localhost:\d+ answered 407/);
    assert.deepEqual(asked, ["models.example:443"]);
  });
});
