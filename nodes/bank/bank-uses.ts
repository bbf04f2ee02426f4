import { type SentenceValue, sentence } from "../../lib";
import { text } from "../shared/config";
import { attempt, bankHandle } from "../shared/deployed-banks";
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
type Config = Record<"id" | "type", string> & Partial<Record<"name" | "label" | "z" | "bank" | "recipes", unknown>>;

/** The deployed nodes that are set to a bank, and the stations of which a recipe names it. Messages may name it, too. */
export function bankUses(RED: Runtime, bank: string): BankUse[] {
  const configs: Config[] = [];
  RED.nodes.eachNode((config) => configs.push(config as unknown as Config));
  const labels = new Map(configs.map(({ id, label }) => [id, text(label, id)]));
  const own = new Set(
    configs.filter(({ id }) => attempt(() => bankHandle(RED, id)?.stored().name) === bank).map(({ id }) => id),
  );
  return configs
    .filter((config) => own.has(text(config.bank, "")) || recipesOf(config).includes(bank))
    .filter(({ id }) => RED.nodes.getNode(id) !== null)
    .map(({ id, type, name, z }) => ({ id, type, name: text(name, ""), flow: labels.get(text(z, "")) ?? "" }));
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
