import { type BankState, type Sentence, sentence, toGoldenSampleError } from "../../lib";
import { type BankHandle, findBank } from "./bank-handle";
import { hearOfBanks } from "./bank-news";
import type { Lifetime } from "./lifetime";
import type { RunningNode, Runtime } from "./node-red";
import type { StatusLight } from "./status-light";
import { statusText } from "./status-text";

/**
 * Looks after the status of a node that uses a bank while no frame comes: what is missing at the start, what becomes of
 * the engine, and which version is in use once that has changed.
 * @param idle shows the node's own status, once the engine is there
 */
export function watchBank(
  RED: Runtime,
  node: RunningNode,
  id: unknown,
  life: Lifetime,
  status: StatusLight,
  idle: (bank: BankHandle) => Promise<void>,
): void {
  const show = async () => {
    try {
      await idle(findBank(RED, id));
    } catch (thrown) {
      if (!life.closed)
        status.failed(toGoldenSampleError(thrown, "INTERNAL", sentence`[bankNotAsked] The bank could not be asked`));
    }
  };
  hearOfBanks(node, (name) => {
    if (!life.closed && nameOf(RED, id) === name) void show();
  });
  try {
    const { engine } = findBank(RED, id);
    let wasAway = false;
    life.hold(
      engine.onState((state) => {
        if (status.engine(state)) wasAway = true;
        else if (state === "ready" && wasAway) {
          wasAway = false;
          void show();
        }
      }),
    );
  } catch {
    // show() says what is missing.
  }
  void show();
}

function nameOf(RED: Runtime, id: unknown): string | undefined {
  try {
    return findBank(RED, id).stored().name;
  } catch {
    return undefined;
  }
}

/** What to say of a bank whose version in use is gone. */
export function missingWords({ name, missing, version }: Pick<BankState, "name" | "missing" | "version">): Sentence {
  return version === undefined
    ? sentence`[versionMissing] Bank "${{ bank: name }}": version ${{ missing: missing ?? 0 }}, which was in use, is missing; none that is whole is left: restore its file or build again.`
    : sentence`[versionMissingOther] Bank "${{ bank: name }}": version ${{ missing: missing ?? 0 }}, which was in use, is missing; version ${{ version }}, the newest whole one, is used: restore its file or build again.`;
}

/** Shows the version in use, or that there is none yet. @returns the bank's state */
export async function showVersion(bank: BankHandle, life: Lifetime, status: StatusLight): Promise<BankState> {
  status.waiting("status.starting");
  const asked = status.changes;
  const state = await bank.engine.call("bankState", { bank: bank.stored() });
  if (life.closed || status.changes !== asked) return state;
  if (state.version === undefined) status.waiting("status.unbuilt");
  else status.readyOn(bank.engine.runtime, statusText(state));
  return state;
}
