import { GoldenSampleError, sentence } from "../../lib";
import { adminRoute } from "../shared/admin-route";
import { findBank } from "../shared/bank-handle";
import { tellBankChanged } from "../shared/bank-news";
import { number } from "../shared/config";
import type { Runtime } from "../shared/node-red";
import { Captures } from "./captures";
import { LIMITS } from "./limits";

/** Endpoints for capturing references from the line; `:bank` is the id of a deployed bank node. */
export function captureRoutes(RED: Runtime): void {
  const captures = new Captures(RED);
  const shown = (bank: string) => {
    const { wanted, isComplete, frames } = captures.look(bank) ?? { wanted: 0, isComplete: true, frames: [] };
    return { wanted, isComplete, frames: frames.map(({ number, time }) => ({ number, time })) };
  };

  adminRoute(RED, "post", "teach/:bank/capture", "write", async ({ params, body }) => {
    findBank(RED, params.bank);
    const { count } = (body ?? {}) as { count?: unknown };
    captures.begin(params.bank!, number(count, 0, "Frames", { from: 0, to: LIMITS.captured, whole: true }));
    return { json: shown(params.bank!) };
  });

  adminRoute(RED, "get", "teach/:bank/capture", "read", async ({ params }) => ({ json: shown(params.bank ?? "") }));

  adminRoute(RED, "get", "teach/:bank/capture/:number", "read", async ({ params }) => {
    const { image } = captures.frame(params.bank ?? "", params.number);
    const { engine } = findBank(RED, params.bank);
    return { jpeg: (await engine.call("picture", { image, edge: LIMITS.preview })).picture };
  });

  adminRoute(RED, "post", "teach/:bank/capture/:number/:decision", "write", async ({ params, user }) => {
    const frame = captures.frame(params.bank ?? "", params.number);
    const { decision } = params;
    if (decision !== "accept" && decision !== "discard")
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[acceptOrDiscard] A captured frame is accepted or discarded: say which.`,
      );
    if (decision === "accept") {
      const bank = findBank(RED, params.bank);
      const { image, mask } = frame;
      const request = { bank: bank.stored(), image, distinct: true, actor: { by: user }, ...(mask && { mask }) };
      await bank.engine.call("addReference", request);
      tellBankChanged(RED, request.bank.name);
    }
    captures.remove(params.bank ?? "", frame.number);
    return { json: shown(params.bank ?? "") };
  });
}
