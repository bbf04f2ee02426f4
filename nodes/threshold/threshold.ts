import { toGoldenSampleError } from "../../lib";
import { choice, deferred } from "../shared/config";
import { formatScore } from "../shared/format-score";
import { Lifetime } from "../shared/lifetime";
import { listen } from "../shared/listen";
import type { NodeConfig, RunningNode, Runtime } from "../shared/node-red";
import { StatusLight } from "../shared/status-light";
import { Judge, readJudgement } from "./judge";

const OUTPUTS = ["verdict", "result", "unchanged"] as const;

export = (RED: Runtime): void => {
  RED.nodes.registerType("anomaly-threshold", function (this: RunningNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const life = new Lifetime();
    const status = new StatusLight(this, life);
    const settings = deferred(() => ({
      judge: new Judge(readJudgement(config), (words) => this.warn(words)),
      output: choice(config.output, OUTPUTS, "verdict", "Payload"),
    }));

    listen(this, life, status, async (message, send) => {
      const { judge, output } = settings();
      const anomaly = judge.judge(message.anomaly);
      const raised = anomaly.verdict === "anomaly";
      Object.assign(message, { anomaly });
      if (output === "verdict") message.payload = raised;
      else if (output === "result") message.payload = anomaly;
      const text = `${formatScore(anomaly.score)} / ${formatScore(anomaly.threshold)}`;
      if (raised) status.alarm(text);
      else status.ready(text);
      send(raised ? [null, message] : [message, null]);
    });
    try {
      settings();
    } catch (thrown) {
      status.failed(toGoldenSampleError(thrown, "BAD_REQUEST", "The settings cannot be used"));
    }
  });
};
