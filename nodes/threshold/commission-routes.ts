import { GoldenSampleError, sentence } from "../../lib";
import { adminRoute } from "../shared/admin-route";
import type { RunningNode, Runtime } from "../shared/node-red";
import { type CommissionOrder, readOrder } from "./commission-orders";
import type { Actor, CommissioningView } from "./commissioner";

/** A deployed threshold node as its dialog speaks to it. */
export interface CommissionableNode extends RunningNode {
  commissioning: {
    view(): CommissioningView | undefined;
    order(order: CommissionOrder, parts: unknown, actor: Actor): Promise<CommissioningView | undefined>;
  };
}

/** Endpoints for the dialog: how a commissioning stands, and its buttons. */
export function commissionRoutes(RED: Runtime): void {
  adminRoute(RED, "get", "thresholds/:id", "read", async ({ params }) => ({
    json: { commissioning: deployed(RED, params.id).view() ?? null },
  }));
  adminRoute(RED, "post", "thresholds/:id/commission/:order", "write", async ({ params, body, user }) => {
    const { parts } = (body ?? {}) as { parts?: unknown };
    const view = await deployed(RED, params.id).order(readOrder(params.order), parts, { by: user });
    return { json: { commissioning: view ?? null } };
  });
}

function deployed(RED: Runtime, id = ""): CommissionableNode["commissioning"] {
  const { type, commissioning } = (RED.nodes.getNode(id) ?? {}) as Partial<CommissionableNode>;
  if (type === "anomaly-threshold" && commissioning) return commissioning;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[thresholdNotDeployed] The threshold node is not deployed: deploy it, then commission.`,
  );
}
