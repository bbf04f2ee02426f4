import { GoldenSampleError, sentence } from "../../lib";
import type { BankHandle } from "./bank-handle";

/**
 * A frame that names another bank than the node's own, and gives no order, is one to be inspected: a mistyped name must
 * not begin a bank.
 * @param known names found before, added to: asking is a trip to the disk for every bank
 * @throws {GoldenSampleError} BAD_REQUEST, with the names of the banks there are
 */
export async function mustBeThere(bank: BankHandle, name: string | undefined, known: Set<string>): Promise<void> {
  const { directory, name: own } = bank.stored();
  if (name === undefined || name === own || known.has(name)) return;
  const wanted = bank.stored(name).name;
  const { names } = await bank.engine.call("bankNames", { directory });
  for (const found of names) known.add(found);
  if (known.has(wanted)) return;
  const there = [...new Set([own, ...names])].sort().join(", ");
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[noSuchBank] msg.bank names "${{ bank: wanted }}", and there is no such bank: correct it to one of ${{ banks: there }}, or begin it with msg.action "add" on a good part.`,
  );
}
