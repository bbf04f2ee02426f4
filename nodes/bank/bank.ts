import { BankHandle } from "../shared/bank-handle";
import type { NodeConfig, RunningNode, Runtime } from "../shared/node-red";
import { bankRoutes } from "./bank-routes";
import { manageRoutes } from "./manage-routes";

interface BankNode extends RunningNode {
  bank: BankHandle;
}

export = (RED: Runtime): void => {
  RED.nodes.registerType("anomaly-bank", function (this: BankNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    this.bank = new BankHandle(RED, config);
  });
  bankRoutes(RED);
  manageRoutes(RED);
};
