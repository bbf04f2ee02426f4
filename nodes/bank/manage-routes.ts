import { GoldenSampleError, sentence } from "../../lib";
import { adminRoute } from "../shared/admin-route";
import { banksDirectory, checkBankName } from "../shared/bank-handle";
import { tellBankChanged } from "../shared/bank-news";
import { text } from "../shared/config";
import { asking, attempt, handlesNamed } from "../shared/deployed-banks";
import { eachDeployed } from "../shared/each-deployed";
import type { InspectedThreshold } from "../shared/inspected-threshold";
import { tellRenamed } from "../shared/inspection-news";
import type { RunningNode, Runtime } from "../shared/node-red";
import { bankUses, usesInWords } from "./bank-uses";

/** Endpoints for a bank as a whole: who uses it, another name for it, and its end. */
export function manageRoutes(RED: Runtime): void {
  adminRoute(RED, "get", "banks/:name/uses", "read", async ({ params }) => ({
    json: { uses: bankUses(RED, checkBankName(params.name ?? "")) },
  }));

  adminRoute(RED, "post", "banks/:name/rename", "write", async ({ params, body, user }) => {
    const name = checkBankName(params.name ?? "");
    const to = checkBankName(text((body as { to?: unknown } | undefined)?.to, ""));
    const bank = { directory: banksDirectory(RED), name };
    const state = await asking(RED, (engine) => engine.call("renameBank", { bank, to, actor: { by: user } }));
    // Deployed nodes go on with it; the name in their settings waits for the next deploy.
    for (const handle of handlesNamed(RED, name)) handle.rename(to);
    renameInThresholds(RED, name, to);
    tellRenamed(RED, name, to);
    tellBankChanged(RED, to);
    return { json: state };
  });

  adminRoute(RED, "post", "banks/:name/delete", "write", async ({ params, body, user }) => {
    const name = checkBankName(params.name ?? "");
    const { inUse } = (body ?? {}) as { inUse?: unknown };
    const uses = bankUses(RED, name);
    if (uses.length > 0 && inUse !== true) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[bankUsed] The bank "${{ bank: name }}" is used by ${{ nodes: usesInWords(uses) }}: choose another bank there, or confirm that these nodes are to lose it.`,
      );
    }
    const bank = { directory: banksDirectory(RED), name };
    const isNamed = handlesNamed(RED, name).length > 0;
    const request = { bank, used: uses.length > 0 || isNamed, actor: { by: user } };
    await asking(RED, (engine) => engine.call("deleteBank", request));
    tellBankChanged(RED, name);
    return { json: { name, uses } };
  });
}

/** What threshold nodes remember goes by the bank's name. */
function renameInThresholds(RED: Runtime, from: string, to: string): void {
  eachDeployed(RED, ({ type }, node: RunningNode & { inspected?: InspectedThreshold }) => {
    if (type === "anomaly-threshold") attempt(() => node.inspected?.renameBank(from, to));
  });
}
