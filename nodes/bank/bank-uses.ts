import { type SentenceValue, sentence } from "../../lib";
import { text } from "../shared/config";
import { attempt, bankHandle, bankOf } from "../shared/deployed-banks";
import { eachDeployed } from "../shared/each-deployed";
import type { Runtime } from "../shared/node-red";

/** A deployed node that would miss a bank. */
export interface BankUse {
  id: string;
  type: string;
  /** "" where it has none. */
  name: string;
  /** The label of its flow. */
  flow: string;
}
type Config = Record<"id" | "type", string> & Partial<Record<"name" | "label" | "z" | "recipes", unknown>>;

/** The deployed nodes that are set to a bank, and the stations of which a recipe names it. Messages may name it, too. */
export function bankUses(RED: Runtime, bank: string): BankUse[] {
  const flows = new Map<string, string>();
  RED.nodes.eachNode((each) => {
    const { id, type, name, label } = each as unknown as Config;
    // A subflow has its label as its name.
    flows.set(id, text(label, type === "subflow" ? text(name, id) : id));
  });
  const uses: BankUse[] = [];
  eachDeployed(RED, (each, node) => {
    const config = each as unknown as Config;
    const own = attempt(() => bankHandle(RED, bankOf(RED, config, node))?.stored().name);
    if (own !== bank && !recipesOf(config).includes(bank)) return;
    const { type, name, z } = config;
    uses.push({ id: node.id, type, name: text(name, ""), flow: flows.get(text(z, "")) ?? "" });
  });
  return uses;
}

export function usesInWords(uses: readonly BankUse[]): SentenceValue {
  return uses
    .map(({ type, name, flow }) => {
      const node = name || type;
      return flow === "" ? node : sentence`[nodeInFlow] ${{ node }} in flow "${{ flow }}"`;
    })
    .reduce<SentenceValue>((said, use) => (said === "" ? use : sentence`[andAlso] ${{ said }}, ${{ use }}`), "");
}

function recipesOf({ recipes }: Config): unknown[] {
  const parsed = attempt(() => JSON.parse(text(recipes, "{}")) as unknown);
  return typeof parsed === "object" && parsed !== null ? Object.values(parsed) : [];
}
