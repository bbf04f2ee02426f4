import type { Engine } from "../../lib";
import { withEngine } from "./admin-route";
import { BankHandle } from "./bank-handle";
import type { Runtime } from "./node-red";

/** Any engine can read banks; one that is running already is asked before another is started. */
export async function asking<T>(RED: Runtime, work: (engine: Engine) => Promise<T>): Promise<T> {
  for (const bank of bankHandles(RED)) {
    const engine = attempt(() => bank.engine);
    if (engine) return work(engine);
  }
  return withEngine("auto", work);
}

/** The bank nodes of this Node-RED that are deployed. */
function bankHandles(RED: Runtime): BankHandle[] {
  const found: BankHandle[] = [];
  RED.nodes.eachNode(({ id, type }) => {
    if (type !== "anomaly-bank") return;
    const bank = bankHandle(RED, id);
    if (bank) found.push(bank);
  });
  return found;
}

/** Those of them whose bank has this name. */
export function handlesNamed(RED: Runtime, name: string): BankHandle[] {
  return bankHandles(RED).filter((handle) => attempt(() => handle.stored().name) === name);
}

/** Of a deployed bank node. */
export function bankHandle(RED: Runtime, id: string): BankHandle | undefined {
  const { bank } = (RED.nodes.getNode(id) ?? {}) as { bank?: unknown };
  return bank instanceof BankHandle ? bank : undefined;
}

/** A node that is not set up says so when it is used; here it only has nothing to say. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
