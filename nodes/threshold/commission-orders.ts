import { GoldenSampleError, sentence } from "../../lib";
import { banksDirectory, checkBankName } from "../shared/bank-handle";
import { number } from "../shared/config";
import { asking } from "../shared/deployed-banks";
import type { Runtime } from "../shared/node-red";
import type { Actor, Commissioner, CommissioningView } from "./commissioner";

/** Parts that a threshold is set by unless told otherwise. */
const PARTS = 50;
const ORDERS = ["commission", "commission-accept", "commission-cancel"] as const;
export type CommissionOrder = (typeof ORDERS)[number];

/** Whether a message's action is one of them. */
export const isCommissionOrder = (action: unknown): action is CommissionOrder =>
  ORDERS.some((order) => order === action);

/**
 * Carries one out, be it from a message or from the dialog.
 * @param parts how many are to be scored; absent: 50
 * @returns how the commissioning stands; undefined where none is under way any more
 * @throws {GoldenSampleError} BAD_REQUEST; what the bank's folder says, where the threshold could not be kept: it is as it was
 */
export async function commission(
  RED: Runtime,
  commissioner: Commissioner,
  { order, parts, actor }: { order: CommissionOrder; parts?: unknown; actor: Actor },
): Promise<CommissioningView | undefined> {
  if (order === "commission") commissioner.start(number(parts, PARTS, "msg.parts", { from: 1, whole: true }), actor);
  else if (order === "commission-cancel") commissioner.cancel();
  else {
    const { name, ...request } = commissioner.acceptance(actor);
    const bank = { directory: banksDirectory(RED), name: checkBankName(name) };
    await asking(RED, (engine) => engine.call("commission", { bank, ...request }));
    commissioner.cancel();
  }
  return commissioner.view;
}

/** @throws {GoldenSampleError} BAD_REQUEST where it is none of them */
export function readOrder(text: string | undefined): CommissionOrder {
  const order = `commission${text === "start" ? "" : `-${text}`}`;
  if (isCommissionOrder(order)) return order;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[badOrder] "${{ order: String(text).slice(0, 40) }}" is no order: start, accept or cancel.`,
  );
}
