import { adminRoute, withEngine } from "../shared/admin-route";
import { type BackboneConfig, BackboneHandle, backboneSpec, modelsPlace } from "../shared/backbone-handle";
import type { NodeConfig, RunningNode, Runtime } from "../shared/node-red";
import { modelRoutes } from "./model-routes";

interface BackboneNode extends RunningNode {
  backbone: BackboneHandle;
}

export = (RED: Runtime): void => {
  RED.nodes.registerType("anomaly-backbone", function (this: BackboneNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    this.backbone = new BackboneHandle(RED, config);
    this.on("close", () => this.backbone.close());
  });

  modelRoutes(RED);

  // It opens a file of the caller's choice, hence the right to write.
  adminRoute(RED, "post", "backbone/check", "write", async ({ body }) => {
    const config = (body ?? {}) as BackboneConfig;
    const spec = backboneSpec(RED, config);
    // The speed is recorded with the models, also that of a backbone that is none of them.
    const backbone = { ...spec, models: spec.models ?? modelsPlace(RED, config) };
    return withEngine(backbone.device ?? "auto", async (engine) => {
      const facts = await engine.call("describe", { backbone });
      const { id, sha256, patchSize, dimension, resolution, device, milliseconds, fallback } = facts;
      return { json: { id, sha256, patchSize, dimension, resolution, device, milliseconds, fallback } };
    });
  });
};
