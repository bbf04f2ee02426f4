import type { RunningNode, Runtime } from "./node-red";

type Config = Parameters<Parameters<Runtime["nodes"]["eachNode"]>[0]>[0] & { z?: string };

/**
 * Every node that runs, with its settings. Node-RED's own `eachNode` has of a subflow the template alone, whose nodes do not
 * run: each instance has nodes of its own, named by both ids.
 */
export function eachDeployed(RED: Runtime, visit: (config: Config, node: RunningNode) => void): void {
  const configs: Config[] = [];
  RED.nodes.eachNode((config) => configs.push(config));
  const templates = new Set(configs.filter(({ type }) => type === "subflow").map(({ id }) => id));
  const idsOf = ({ id, z = "" }: Config): string[] => {
    if (!templates.has(z)) return [id];
    const instances = configs.filter(({ type }) => type === `subflow:${z}`);
    return instances.flatMap(idsOf).map((instance) => `${instance}-${id}`);
  };
  for (const config of configs) {
    for (const id of idsOf(config)) {
      const node = RED.nodes.getNode(id) as RunningNode | null;
      if (node) visit(config, node);
    }
  }
}
