import { join } from "node:path";
import { ThresholdMemory, toGoldenSampleError } from "../../lib";
import { userDirectory } from "../shared/backbone-handle";
import { choice, deferred } from "../shared/config";
import { Lifetime } from "../shared/lifetime";
import { listen } from "../shared/listen";
import type { Message, NodeConfig, RunningNode, Runtime } from "../shared/node-red";
import { StatusLight } from "../shared/status-light";
import { figureText, statusText, unlikeText } from "../shared/status-text";
import { Judge, type Judged } from "./judge";
import { keepSaved } from "./keep-saved";
import { readJudgement } from "./settings";
import { watchAge } from "./stale";

const OUTPUTS = ["verdict", "result", "unchanged"] as const;

export = (RED: Runtime): void => {
  RED.nodes.registerType("anomaly-threshold", function (this: RunningNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const life = new Lifetime();
    const status = new StatusLight(this, life);
    const file = join(userDirectory(RED), "golden-sample", "thresholds", `${this.id.replace(/[^\w.-]/g, "_")}.json`);
    const settings = deferred(() => {
      const judgement = readJudgement(config);
      const memory = new ThresholdMemory(file);
      const saved = keepSaved(memory, life, (words) => this.warn(words));
      const judge = new Judge(judgement, memory, (words) => this.warn(words));
      const output = choice(config.output, OUTPUTS, "verdict", "Payload");
      const judged = watchAge(1000 * judgement.stale, life, (age) => status.waiting(`\u231b ${age}`));
      return { judge, judgement, output, saved, judged };
    });

    listen(this, life, status, async (message, send) => {
      const { judge, judgement, output, saved, judged } = settings();
      if (message.action === "reset-drift") {
        judge.resetDrift();
        saved.soon();
        if (message.anomaly === undefined) return status.ready();
      }
      if (message.action === "clear-labels") {
        judge.clearLabels(message.anomaly);
        saved.soon();
        return status.ready();
      }
      const defective = labelOf(message);
      if (defective !== undefined) {
        const { good, bad } = judge.label(message.anomaly, defective);
        saved.soon();
        // Teaching moves no actuator: a labelled frame goes to no output, and Complete nodes hear of it.
        return status.ready(counted(good, bad));
      }
      const { anomaly, raised, warning } = judge.judge(message.anomaly, Date.now());
      saved.later();
      judged();
      if (warning !== undefined) this.warn(warning);
      Object.assign(message, { anomaly });
      if (output === "verdict") message.payload = anomaly.verdict === "unlike" || raised;
      else if (output === "result") message.payload = anomaly;
      show(status, anomaly, judgement.mode === "labels");
      const isUnlike = anomaly.verdict === "unlike";
      const isAnomaly = isUnlike ? raised && judgement.unlike !== "alone" : raised;
      send([isUnlike || isAnomaly ? null : message, isAnomaly ? message : null, isUnlike ? message : null]);
    });
    try {
      settings();
    } catch (thrown) {
      status.failed(toGoldenSampleError(thrown, "BAD_REQUEST", "The settings cannot be used"));
    }
  });
};

/** Whether a message says that its part is defective; other uses of msg.label are none of ours. */
function labelOf({ label }: Message & { label?: unknown }): boolean | undefined {
  return label === "bad" ? true : label === "good" ? false : undefined;
}

const counted = (good: number, bad: number) => `\u2713 ${good} \u2717 ${bad}`;

/** @param wanted whether the threshold is to come from labels: yellow, with their number, as long as it does not */
function show(
  status: StatusLight,
  { verdict, score, threshold, drift, labelled, labels, finds, health, bank }: Judged,
  wanted: boolean,
): void {
  const figure = figureText(score, threshold);
  const text = statusText(bank, figure, verdict === "unlike" ? unlikeText(health?.cause) : verdict);
  if (verdict !== "ok") status.alarm(text);
  else if (finds && !finds.enough) status.doubtful(statusText(bank, figure, finds.words));
  else if (wanted && !labelled)
    status.waiting(statusText(undefined, text, counted(labels?.good ?? 0, labels?.bad ?? 0)));
  else if (drift?.state === "drifting") status.waiting(`${text} ${drift.shift > 0 ? "\u2197" : "\u2198"}`);
  else status.ready(text);
}
