import type { BankSettings } from "../bank/bank-settings";
import { around, type Box } from "../image/crop";

/** Share of the frame below which `auto` crops to the region: above, as much would be looked at, only smaller. */
const HALF = 0.5;

/**
 * The part of a frame that a bank looks at: the box around the regions of all its references.
 * @param regions of the references, in their order; undefined of one that came without
 * @returns undefined where the whole frame is looked at
 */
export function decideCrop(
  { region, box }: Pick<BankSettings, "region" | "box">,
  regions: readonly (Box | undefined)[],
): Box | undefined {
  if (box) return box;
  const known = regions.filter((each) => each !== undefined);
  if (region === undefined || region === "whole" || known.length < regions.length) return undefined;
  const all = around(known);
  if (!all || (region === "auto" && all.width * all.height >= HALF)) return undefined;
  return all;
}
