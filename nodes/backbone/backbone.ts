import { adminRoute, withEngine } from "../shared/admin-route";
import { type BackboneConfig, BackboneHandle, backboneSpec } from "../shared/backbone-handle";
import type { NodeConfig, RunningNode, Runtime } from "../shared/node-red";

interface BackboneNode extends RunningNode {
  backbone: BackboneHandle;
}

export = (RED: Runtime): void => {
  RED.nodes.registerType("anomaly-backbone", function (this: BackboneNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    this.backbone = new BackboneHandle(RED, config);
    this.on("close", () => this.backbone.close());
  });

  // It opens a file of the caller's choice, hence the right to write.
  adminRoute(RED, "post", "backbone/check", "write", async ({ body }) => {
    const backbone = backboneSpec(RED, (body ?? {}) as BackboneConfig);
    return withEngine(backbone.device ?? "auto", async (engine) => {
      return { json: await engine.call("describe", { backbone }) };
    });
  });
};
