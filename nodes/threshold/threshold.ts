import { join } from "node:path";
import { type SentenceValue, sentence, ThresholdMemory, toGoldenSampleError } from "../../lib";
import { userDirectory } from "../shared/backbone-handle";
import { choice, deferred } from "../shared/config";
import { formatScore } from "../shared/format-score";
import type { InspectedThreshold } from "../shared/inspected-threshold";
import { type JudgedFrame, tellJudged } from "../shared/inspection-news";
import { say } from "../shared/language";
import { Lifetime } from "../shared/lifetime";
import { listen } from "../shared/listen";
import type { Message, NodeConfig, Runtime } from "../shared/node-red";
import { readUser } from "../shared/read-message";
import { remembering } from "../shared/remembering";
import { spokenIn } from "../shared/spoken";
import { StatusLight } from "../shared/status-light";
import { figureText, statusText, unlikeText } from "../shared/status-text";
import { type CommissionOrder, commission, isCommissionOrder } from "./commission-orders";
import { type CommissionableNode, commissionRoutes } from "./commission-routes";
import type { Actor, CommissioningView } from "./commissioner";
import { inspectedThreshold } from "./inspected";
import { Judge, type Judged } from "./judge";
import { decisiveRegion } from "./judge-regions";
import { keepSaved } from "./keep-saved";
import { readJudgement } from "./settings";
import { watchAge } from "./stale";

/** What is known of it from outside a flow. */
type ThresholdNode = CommissionableNode & { inspected?: InspectedThreshold };

/** What of a verdict has words for people. */
const WITH_WORDS = ["health", "falseRejectRate", "finds", "labelled", "drift", "commissioning"] as const;
const OUTPUTS = ["verdict", "result", "unchanged"] as const;

export = (RED: Runtime): void => {
  RED.nodes.registerType("anomaly-threshold", function (this: ThresholdNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const life = new Lifetime();
    const status = new StatusLight(RED, this, life);
    const words = remembering(RED);
    const file = join(userDirectory(RED), "golden-sample", "thresholds", `${this.id.replace(/[^\w.-]/g, "_")}.json`);
    const settings = deferred(() => {
      const judgement = readJudgement(config);
      const memory = new ThresholdMemory(file);
      const warn = (said: SentenceValue) => this.warn(say(RED, said));
      const saved = keepSaved(memory, life, warn);
      const judge = new Judge(judgement, memory, warn);
      const output = choice(config.output, OUTPUTS, "verdict", "Payload");
      const judged = watchAge(1000 * judgement.stale, life, (age) => status.waiting([`\u231b ${age}`]));
      return { judge, judgement, output, saved, judged, memory };
    });
    this.inspected = inspectedThreshold(settings);

    const order = async (wanted: CommissionOrder, parts: unknown, actor: Actor) => {
      const { judge, saved } = settings();
      const before = judge.commissioner.view?.threshold;
      const view = await commission(RED, judge.commissioner, { order: wanted, parts, actor });
      saved.soon();
      if (life.closed) return view;
      showCommissioning(status, view, wanted === "commission-accept" ? before : undefined);
      return view;
    };
    this.commissioning = { view: () => settings().judge.commissioner.view, order };

    listen(RED, this, life, status, async (message, send) => {
      const { judge, judgement, output, saved, judged } = settings();
      if (isCommissionOrder(message.action)) {
        const actor = { by: readUser(message) ?? (this.name || this.id), message: message._msgid };
        await order(message.action, message.parts, actor);
        // A scored part beside the order is judged, and is the first one.
        if (message.anomaly === undefined) return;
      }
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
        return status.ready([counted(good, bad)]);
      }
      const { anomaly: judgedFrame, raised, warning } = judge.judge(message.anomaly, Date.now());
      const anomaly = spokenIn(words, judgedFrame, ...WITH_WORDS);
      if (anomaly.commissioning) saved.soon();
      else saved.later();
      judged();
      if (warning !== undefined) this.warn(say(RED, warning));
      Object.assign(message, { anomaly });
      tellJudged(RED, { message: message._msgid, node: this.id, anomaly: anomaly as JudgedFrame["anomaly"] });
      if (output === "verdict") message.payload = anomaly.verdict === "unlike" || raised;
      else if (output === "result") message.payload = anomaly;
      show(status, judgedFrame, judgement.mode === "labels");
      const isUnlike = anomaly.verdict === "unlike";
      const isAnomaly = isUnlike ? raised && judgement.unlike !== "alone" : raised;
      send([isUnlike || isAnomaly ? null : message, isAnomaly ? message : null, isUnlike ? message : null]);
    });
    try {
      settings();
    } catch (thrown) {
      status.failed(
        toGoldenSampleError(thrown, "BAD_REQUEST", sentence`[settingsNotUsed] The settings cannot be used`),
      );
    }
  });
  commissionRoutes(RED);
};

/** Whether a message says that its part is defective; other uses of msg.label are none of ours. */
function labelOf({ label }: Message & { label?: unknown }): boolean | undefined {
  return label === "bad" ? true : label === "good" ? false : undefined;
}

const changed = ({ before, after }: NonNullable<CommissioningView["threshold"]>) =>
  `${formatScore(before)} \u2192 ${formatScore(after)}`;
const partsText = ({ parts, wanted }: CommissioningView) =>
  sentence`[partsOfWanted] ${{ parts }} of ${{ wanted }} parts`;

/** After an order. @param accepted the thresholds that one was exchanged for the other */
function showCommissioning(
  status: StatusLight,
  view: CommissioningView | undefined,
  accepted: CommissioningView["threshold"],
): void {
  if (accepted) status.ready([changed(accepted)]);
  else if (view) status.working([partsText(view)]);
  else status.ready();
}

const counted = (good: number, bad: number) => `\u2713 ${good} \u2717 ${bad}`;

/** @param wanted whether the threshold is to come from labels: yellow, with their number, as long as it does not */
function show(
  status: StatusLight,
  {
    verdict,
    score,
    threshold,
    regionsOfInterest,
    missing,
    drift,
    labelled,
    labels,
    finds,
    health,
    bank,
    commissioning,
  }: Judged,
  wanted: boolean,
): void {
  const region = decisiveRegion(regionsOfInterest);
  const figure = figureText(region?.score ?? score, region?.threshold ?? threshold);
  const progress = commissioning?.state === "collecting" ? partsText(commissioning) : undefined;
  // Over the threshold its own score says enough.
  const isMissing = verdict === "anomaly" && missing?.over === true && !(region ? region.over : score > threshold);
  const where = region?.name ? sentence`[anomalyIn] anomaly: ${{ region: region.name }}` : sentence`[anomaly] anomaly`;
  const found = isMissing ? sentence`[partMissing] part missing` : where;
  const word = verdict === "unlike" ? unlikeText(health?.cause) : verdict === "ok" ? sentence`[ok] ok` : found;
  const text = statusText(bank, figure, word, progress);
  const proposed = commissioning?.threshold && [changed(commissioning.threshold), sentence`[acceptIt] accept?`];
  if (verdict !== "ok") status.alarm(text);
  else if (finds && !finds.enough) status.doubtful(statusText(bank, ...(proposed ?? [figure]), finds.sentence));
  else if (proposed) status.waiting(statusText(bank, ...proposed));
  else if (wanted && !labelled) status.waiting([...text, counted(labels?.good ?? 0, labels?.bad ?? 0)]);
  else if (drift?.state === "drifting")
    status.waiting(
      statusText(
        bank,
        figure,
        drift.shift > 0 ? sentence`[okRising] ok \u2197` : sentence`[okFalling] ok \u2198`,
        progress,
      ),
    );
  else status.ready(text);
}
