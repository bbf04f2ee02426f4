import { readFile } from "node:fs/promises";
import {
  type BuildProgress,
  briefOf,
  type Finds,
  findsOf,
  GoldenSampleError,
  type SentenceValue,
  sentence,
  toGoldenSampleError,
} from "../../lib";
import { adminRoute } from "../shared/admin-route";
import { type BankHandle, findBank } from "../shared/bank-handle";
import { tellBankChanged } from "../shared/bank-news";
import { text } from "../shared/config";
import { bankOf } from "../shared/deployed-banks";
import { eachDeployed } from "../shared/each-deployed";
import type { Message, RunningNode, Runtime } from "../shared/node-red";
import { withUpload } from "../shared/temporary-file";

/** A build that somebody began in the sidebar, and how it ended. */
interface Build {
  progress: BuildProgress;
  abort: AbortController;
  /** Sentences for the user. */
  said?: SentenceValue[];
  failed?: SentenceValue;
  /** Whether it is still being tested what the new version would catch. */
  testing?: boolean;
}

/** Endpoints for teaching a bank in the sidebar; `:bank` is the id of a deployed bank node. */
export function teachRoutes(RED: Runtime): void {
  const builds = new Map<string, Build>();

  adminRoute(RED, "get", "teach/:bank", "read", async ({ params }) => {
    const bank = findBank(RED, params.bank);
    // Looked at first: what a build that has ended has left is in what is asked then.
    const { abort: _, ...build } = { abort: undefined, ...builds.get(bank.stored().name) };
    const [state, { references }] = await Promise.all([
      bank.engine.call("bankState", { bank: bank.stored() }),
      bank.engine.call("listReferences", { bank: bank.stored() }),
    ]);
    const { name, version } = state;
    return { json: { name, version, references, build } };
  });

  adminRoute(RED, "post", "teach/:bank/references", "write", async (request) => {
    const bank = findBank(RED, request.params.bank);
    return withUpload(request, "", async (file) => {
      // Read whole: it goes to the engine as one.
      const data = await readFile(file);
      const call = { bank: bank.stored(), image: { kind: "encoded" as const, data }, distinct: true };
      const { references } = await bank.engine.call("addReference", { ...call, actor: { by: request.user } });
      tellBankChanged(RED, call.bank.name);
      return { json: { references } };
    });
  });

  adminRoute(RED, "post", "teach/:bank/remove", "write", async ({ params, body, user }) => {
    const bank = findBank(RED, params.bank);
    const reference = text((body as { file?: unknown } | undefined)?.file, "") || "000000";
    const request = { bank: bank.stored(), reference, actor: { by: user } };
    const { references } = await bank.engine.call("leaveOut", request);
    tellBankChanged(RED, request.bank.name);
    return { json: { references } };
  });

  adminRoute(RED, "post", "teach/:bank/build", "write", async ({ params, user }) => {
    const bank = findBank(RED, params.bank);
    const { name } = bank.stored();
    const running = builds.get(name);
    if (!running || running.said || running.failed) begin(bank, user);
    return { json: { name } };
  });

  adminRoute(RED, "post", "teach/:bank/cancel", "write", async ({ params }) => {
    builds.get(findBank(RED, params.bank).stored().name)?.abort.abort();
    return { json: {} };
  });

  adminRoute(RED, "post", "teach/:bank/send", "write", async (request) =>
    withUpload(request, "", async (file) => {
      const payload = await readFile(file);
      const { node, property } = scoreNodeOf(RED, request.params.bank ?? "");
      const message = { topic: "sidebar" } as unknown as Message;
      RED.util.setMessageProperty(message, property, payload, true);
      node.receive(message);
      return { json: {} };
    }),
  );

  function begin(bank: BankHandle, by: string): void {
    const { name } = bank.stored();
    const request = bank.buildRequest({ by });
    const build: Build = { progress: { done: 0, total: 1 }, abort: new AbortController() };
    const onProgress = (progress: BuildProgress) => {
      build.progress = progress;
    };
    builds.set(name, build);
    bank.engine.call("build", request, { onProgress, signal: build.abort.signal }).then(
      ({ findings: { sentences = [], learning }, replay, version, references }) => {
        const learned = learning && (learning.sentence ?? learning.words);
        const said: SentenceValue[] = [
          ...sentences,
          ...(learned ? [learned] : []),
          ...(replay ? [replay.sentence ?? replay.words] : []),
        ];
        build.said = said;
        tellBankChanged(RED, name);
        if (!bank.madeDefects || references < 2) return;
        build.testing = true;
        void testDefects(bank, version, build.abort.signal).then((finds) => {
          build.testing = false;
          if (finds) said.push(sentence`[defaultFinds] The default threshold ${{ finds: finds.sentence }}.`);
          tellBankChanged(RED, name);
        });
      },
      (thrown: unknown) => {
        const task = sentence`[bankNotBuilt] The bank could not be built`;
        const { message, sentence: said } = toGoldenSampleError(thrown, "INTERNAL", task);
        build.failed = said ?? message;
      },
    );
  }
}

/** What would the version catch? In the background, as after a build node's build; frames and sidebar tell of it. */
async function testDefects(bank: BankHandle, version: number, signal: AbortSignal): Promise<Finds | undefined> {
  const request = { bank: { ...bank.stored(), version }, backbone: bank.backbone };
  // It is as good as not asked for where it is taken back or the engine ends.
  const made = await bank.engine.call("madeDefects", request, { signal }).catch(() => undefined);
  return made?.threshold === undefined ? undefined : findsOf(briefOf(made), made.threshold);
}

/** The first score node of a bank, and where in a message it looks for the image. */
function scoreNodeOf(RED: Runtime, bank: string): { node: RunningNode; property: string } {
  let found: { node: RunningNode; property: string } | undefined;
  eachDeployed(RED, (config, node) => {
    const { type, property } = config as typeof config & { property?: unknown };
    if (type !== "anomaly-score" || bankOf(RED, config, node) !== bank) return;
    found ??= { node, property: text(property, "payload") };
  });
  if (found) return found;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[noScoreNode] No score node uses this bank: put an anomaly score node with it on the canvas and deploy.`,
  );
}
