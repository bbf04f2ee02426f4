import type { Engine, StoredBank } from "../../lib";
import { adminRoute, withEngine } from "../shared/admin-route";
import { BankHandle, banksDirectory, checkBankName } from "../shared/bank-handle";
import type { NodeConfig, RunningNode, Runtime } from "../shared/node-red";

interface BankNode extends RunningNode {
  bank: BankHandle;
}

export = (RED: Runtime): void => {
  RED.nodes.registerType("anomaly-bank", function (this: BankNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    this.bank = new BankHandle(RED, config);
  });

  adminRoute(RED, "get", "banks/:name", "read", async ({ params }) => {
    const bank = storedBank(RED, params.name);
    return asking(RED, async (engine) => ({ json: await engine.call("bankState", { bank }) }));
  });

  adminRoute(RED, "get", "banks/:name/references/:index", "read", async ({ params }) => {
    const bank = storedBank(RED, params.name);
    const index = Number(params.index);
    return asking(RED, async (engine) => ({
      jpeg: (await engine.call("referencePicture", { bank, index })).picture,
    }));
  });
};

const storedBank = (RED: Runtime, name = ""): StoredBank => ({
  directory: banksDirectory(RED),
  name: checkBankName(name),
});

/** Any engine can read banks; one that is running already is asked before another is started. */
async function asking<T>(RED: Runtime, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = runningEngine(RED);
  return engine ? work(engine) : withEngine("auto", work);
}

function runningEngine(RED: Runtime): Engine | undefined {
  let found: Engine | undefined;
  RED.nodes.eachNode(({ id, type }) => {
    if (found || type !== "anomaly-bank") return;
    try {
      found = (RED.nodes.getNode(id) as BankNode | null)?.bank?.engine;
    } catch {
      // This one is not set up; the next may be.
    }
  });
  return found;
}
