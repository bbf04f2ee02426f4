import { resolve } from "node:path";
import { GoldenSampleError, sentence, toGoldenSampleError } from "../../lib";
import { userDirectory } from "../shared/backbone-handle";
import { findBank } from "../shared/bank-handle";
import { tellBankChanged } from "../shared/bank-news";
import { mustBeThere } from "../shared/bank-there";
import { watchBank } from "../shared/bank-user";
import { choice, deferred, number, shown, text } from "../shared/config";
import { tellFrame } from "../shared/frame-news";
import { Inbox } from "../shared/inbox";
import { say } from "../shared/language";
import { Lifetime } from "../shared/lifetime";
import { inLanguage, listen } from "../shared/listen";
import type { Message, NodeConfig, RunningNode, Runtime } from "../shared/node-red";
import { readBankName, readImage, readMask, readUser } from "../shared/read-message";
import { spoken } from "../shared/spoken";
import { StatusLight } from "../shared/status-light";
import { percentDone, statusText } from "../shared/status-text";
import { announce, announceFinds } from "./announce";
import { Learner, type LearnerView, type Picture, type Step } from "./learner";
import { ORDERS, type Order, readOrder } from "./orders";

const KEPT = ["references", "accepted", "defects"] as const;
const ACTIONS = ["add", "build", "leave-out", "undo", "clear", "status", ...ORDERS] as const;
type Action = (typeof ACTIONS)[number];
/** Messages that may wait; Node-RED itself queues without limit. */
const WAITING = 64;

export = (RED: Runtime): void => {
  RED.nodes.registerType("anomaly-build", function (this: RunningNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const life = new Lifetime();
    const status = new StatusLight(RED, this, life);
    const oneByOne = new Inbox({ policy: "oldest", size: WAITING, parallel: 1 });
    const property = text(config.property, "payload");
    const learnFirst = deferred(() => readLearnFirst(config));
    const exchange = resolve(userDirectory(RED), text(config.exchange, "golden-sample/exchange"));
    const learners = new Map<string, Learner>();
    const others = new Set<string>();

    const learnerOf = (name: string | undefined): Learner => {
      const bank = findBank(RED, config.bank);
      const key = bank.stored(name).name;
      const known = learners.get(key);
      if (known) return known;
      const news = versionNews(() => tellBankChanged(RED, key));
      const learner = new Learner(bank, name, {
        // Into any other bank than the node's own only what a message orders.
        learnFirst: key === bank.stored().name ? learnFirst() : undefined,
        signal: life.signal,
        onChange: (view) => {
          show(status, view);
          news(view);
        },
        onTested: (found, { message }) => {
          if (life.closed) return;
          announceFinds(RED, this, found.name, found.finds);
          // Of the message that asked for the build, whose answer was not kept waiting.
          this.send([{ ...(message !== undefined && { _msgid: message }), payload: spoken(RED, found) }, null]);
        },
        onFailure: (thrown) => {
          const error = toGoldenSampleError(thrown, "INTERNAL", sentence`[bankNotBuilt] The bank could not be built`);
          if (life.closed) return;
          status.failed(error);
          this.error(inLanguage(RED, error));
        },
      });
      learners.set(key, learner);
      return learner;
    };
    const step = async (message: Message, action: Action | undefined): Promise<Step | undefined> => {
      const name = readBankName(message);
      if (action === undefined) await mustBeThere(findBank(RED, config.bank), name, others);
      const learner = learnerOf(name);
      const actor = { by: readUser(message) ?? (this.name || this.id), message: message._msgid };
      const read = (): Picture => {
        const [image, mask] = [readImage(RED, message, property), readMask(message)];
        tellFrame(RED, { message: message._msgid, at: "build", bank: text(config.bank, ""), image, mask });
        return { image, mask, actor };
      };
      if (action === undefined) return learner.offer(read);
      if (action === "add") return learner.add(read());
      if (action === "leave-out") return learner.leaveOut(readReference(message), actor);
      if (isOrder(action)) {
        const bank = findBank(RED, config.bank);
        const work = readOrder(action, message, { RED, bank, name, property, actor, exchange });
        return learner.perform(work, action === "ok" || action === "defect" || action === "import");
      }
      return learner.act(action, actor, choice(message.what, KEPT, "references", "msg.what"));
    };

    listen(RED, this, life, status, async (message, send) => {
      const action = readAction(message);
      const { value: taken } = await oneByOne.run(() => step(message, action));
      if (!taken) return send([null, message]);
      const outcome = await taken.outcome;
      if (!life.closed) announce(RED, this, outcome);
      message.payload = spoken(RED, outcome);
      // Core nodes have orders of their own there: "mqtt out" would take it for connect or disconnect.
      delete message.action;
      send([message, null]);
    });
    watchBank(RED, this, config.bank, life, status, async () => {
      status.waiting("status.starting");
      await learnerOf(undefined).show();
    });
    life.hold(() => {
      if (![...learners.values()].some((learner) => learner.wouldLoseBuild)) return;
      this.warn(
        say(
          RED,
          sentence`[deployEndedBuild] The deploy ended the build that was under way; the version in use stays: send msg.action build again.`,
        ),
      );
    });
  });
};

function readLearnFirst(config: NodeConfig): number | undefined {
  const frames = number(config.frames, 8, "Frames", { from: 1, to: 10_000, whole: true });
  return choice(config.mode, ["first", "control"], "first", "Mode") === "first" ? frames : undefined;
}

/** The number of a finding, or the name of the file. */
function readReference({ reference }: Message): number | string {
  if (typeof reference === "string" && !/^\s*\d+\s*$/.test(reference)) return reference.trim() || missing();
  return number(reference, 0, "msg.reference", { from: 1, whole: true }) || missing();
}

function missing(): never {
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[noReferenceNamed] The message names no reference: set msg.reference to its number, as the findings have it, or to its file.`,
  );
}

function readAction({ action }: Message): Action | undefined {
  if (action === undefined || action === null || action === "") return undefined;
  const known = ACTIONS.find((name) => name === action);
  if (known) return known;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[badAction] msg.action is ${{ action: shown(action) }}: set it to ${{ actions: ACTIONS.slice(0, -1).join(", ") }} or ${{ last: ACTIONS.at(-1)! }}, or delete it.`,
  );
}

const isOrder = (action: Action): action is Order => ORDERS.some((order) => order === action);

/** @param changed called when another version is in use than before */
function versionNews(changed: () => void): (view: LearnerView) => void {
  let before: { version: number | undefined } | undefined;
  return ({ state }) => {
    if (!state) return;
    if (before && before.version !== state.version) changed();
    before = { version: state.version };
  };
}

function show(status: StatusLight, { state, building, testing, finds, wanted }: LearnerView): void {
  if (building?.phase === "download") status.download(building);
  else if (building)
    status.working(
      statusText({ name: state?.name }, sentence`[building] building ${{ percent: percentDone(building) }} %`),
    );
  else if (!state) status.waiting("status.starting");
  else if (wanted !== undefined)
    status.working(
      statusText({ name: state.name }, sentence`[ofWanted] ${{ references: state.references }} of ${{ wanted }}`),
    );
  else if (state.version === undefined) status.waiting("status.unbuilt");
  else if (testing)
    status.working(statusText(state, sentence`[testing] testing ${{ percent: percentDone(testing) }} %`));
  else if (finds && !finds.enough) status.doubtful(statusText(state, finds.sentence));
  else status.ready(statusText(state, sentence`[references] ${{ references: state.references }} references`));
}
