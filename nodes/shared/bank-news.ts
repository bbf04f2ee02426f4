import { eachDeployed } from "./each-deployed";
import type { RunningNode, Runtime } from "./node-red";

/** A node that shows which version of its bank is in use. */
type Hearing = RunningNode & { bankChanged?: (name: string) => void };

/** Another version of a bank is in use, or none is any more: nodes that show which one ask again. */
export function tellBankChanged(RED: Runtime, name: string): void {
  eachDeployed(RED, (_, node: Hearing) => node.bankChanged?.(name));
}

/** @param changed gets the bank's name */
export function hearOfBanks(node: RunningNode, changed: (name: string) => void): void {
  (node as Hearing).bankChanged = changed;
}
