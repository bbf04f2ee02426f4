import type { Engine } from "../../lib";
import { withEngine } from "./admin-route";
import { BankHandle } from "./bank-handle";
import { text } from "./config";
import { eachDeployed } from "./each-deployed";
import type { Message, RunningNode, Runtime } from "./node-red";

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
  eachDeployed(RED, ({ type }, node) => {
    const bank = type === "anomaly-bank" ? bankHandle(RED, node.id) : undefined;
    if (bank) found.push(bank);
  });
  return found;
}

/** Those of them whose bank has this name. */
export function handlesNamed(RED: Runtime, name: string): BankHandle[] {
  return bankHandles(RED).filter((handle) => attempt(() => handle.stored().name) === name);
}

/** The id of the bank node that a node is set to, in a subflow by one of its properties, too. "" where it has none. */
export function bankOf(RED: Runtime, config: object, node: RunningNode): string {
  const value = text((config as { bank?: unknown }).bank, "");
  if (!/^\$\{[^}]+\}$/.test(value)) return value;
  return text(
    attempt(() => RED.util.evaluateNodeProperty(value, "env", node, {} as Message)),
    "",
  );
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
