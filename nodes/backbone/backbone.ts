import { adminRoute, withEngine } from "../shared/admin-route";
import {
  type BackboneConfig,
  BackboneHandle,
  backboneSpec,
  engineOptions,
  modelsPlace,
} from "../shared/backbone-handle";
import { text } from "../shared/config";
import type { NodeConfig, RunningNode, Runtime } from "../shared/node-red";
import { modelRoutes } from "./model-routes";

interface Credentials {
  token?: string;
}

interface BackboneNode extends RunningNode {
  backbone: BackboneHandle;
  /** As entered, to tell whether a dialog still shows the same. */
  endpoints: unknown;
  credentials: Credentials;
}

export = (RED: Runtime): void => {
  const construct = function (this: BackboneNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    this.backbone = new BackboneHandle(RED, config, this.credentials?.token);
    this.endpoints = config.endpoints;
    this.on("close", () => this.backbone.close());
  };
  RED.nodes.registerType<BackboneNode, NodeConfig, object, Credentials>("anomaly-backbone", construct, {
    credentials: { token: { type: "password" } },
  });

  modelRoutes(RED);

  // It opens a file or an address of the caller's choice, hence the right to write.
  adminRoute(RED, "post", "backbone/check", "write", async ({ body }) => {
    const settings = (body ?? {}) as BackboneConfig;
    const spec = backboneSpec(RED, settings, tokenOf(RED, settings));
    // The speed is recorded with the models, also that of a backbone that is none of them.
    const backbone = { ...spec, models: spec.models ?? modelsPlace(RED, settings) };
    return withEngine(engineOptions(spec, settings), async (engine) => {
      return { json: await engine.call("describe", { backbone }) };
    });
  });
};

/** What the dialog shows instead of a token that was deployed before. */
const KEPT = "__PWRD__";

/** The token as typed, or the deployed one; that one is only ever sent to the addresses it was deployed with. */
function tokenOf(RED: Runtime, { token, node, endpoints }: BackboneConfig): string {
  if (token !== KEPT) return text(token, "");
  const deployed = RED.nodes.getNode(text(node, "")) as BackboneNode | null;
  return deployed?.endpoints === endpoints ? (deployed?.credentials?.token ?? "") : "";
}
