import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from "node-red";

/** Node-RED's runtime as the nodes see it. */
export type Runtime = NodeAPI;
export type RunningNode = Node;
export type NodeConfig = NodeDef & Readonly<Record<string, unknown>>;
export type Message = NodeMessageInFlow;
/** One message, or one an output. */
export type Outgoing = Message | (Message | null)[];
export type Send = (message: Outgoing) => void;
