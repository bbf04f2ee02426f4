import { join } from "node:path";
import type { Node, NodeAPI, NodeDef } from "node-red";
import { Handshake } from "../lib/handshake";
import type { StationOutputs, StationResult, StationSignals } from "../lib/station";
import type { VisionServer } from "../lib/vision-server";

interface OpcuaConfig extends NodeDef {
  port: string | number;
  anonymous: boolean;
}

/** Milliseconds that the station may take to answer a trigger, or to load a recipe. */
const PATIENCE = 10_000;

export = (RED: NodeAPI): void => {
  function create(this: Node<{ user?: string; password?: string }>, config: OpcuaConfig): void {
    RED.nodes.createNode(this, config);
    const { user = "", password = "" } = this.credentials ?? {};
    const send = (station: StationSignals) => {
      beat++;
      this.send({ station: { ...station, heartbeat: beat } } as never);
    };
    let beat = 0;
    const handshake = new Handshake({ send, patience: PATIENCE });
    const failed = (thrown: unknown) => {
      this.status({ fill: "red", shape: "ring", text: "opcua.status.failed" });
      this.error(
        `The OPC UA server could not be started: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      );
    };
    this.status({ fill: "yellow", shape: "ring", text: "opcua.status.starting" });
    const starting = start();
    starting.then((server) => {
      this.status({ fill: "green", shape: "dot", text: server.url });
      if (handshake.now) server.show(handshake.now.state);
    }, failed);

    async function start(): Promise<VisionServer> {
      // It takes a second to load: only where there is such a node.
      const { VisionServer } = await import("../lib/vision-server.js");
      return VisionServer.start({
        port: Number(config.port),
        certificates: join(RED.settings.userDir ?? ".", "golden-sample", "opcua"),
        user: { name: user, password },
        anonymous: config.anonymous === true,
        startJob: (partId, recipe) => handshake.start(partId, recipe),
        halt: () => tellAction("halt"),
        reset: () => {
          tellAction("start");
          handshake.reset();
        },
      });
    }
    const tellAction = (action: "halt" | "start") => this.send({ action } as never);

    this.on("input", (message, _send, done) => {
      const { station } = message as { station?: Partial<StationOutputs & StationResult> };
      if (station?.state !== undefined) {
        const outputs = station as StationOutputs;
        handshake.told(outputs);
        void starting.then((server) => server.show(outputs.state)).catch(() => undefined);
      } else if (station?.kind !== undefined) {
        const result = station as StationResult;
        void starting.then((server) => server.ready(result)).catch(() => undefined);
      } else if (typeof station?.inspectionId === "number") {
        const { inspectionId, partId = null } = station;
        handshake.exposes({ inspectionId, partId });
      }
      done();
    });
    this.on("close", (closed: () => void) => {
      starting.then((server) => server.stop()).then(closed, closed);
    });
  }
  RED.nodes.registerType("anomaly-opcua", create as never, {
    credentials: { user: { type: "text" }, password: { type: "password" } },
  });
};
