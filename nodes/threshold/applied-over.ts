import type { AppliedThreshold } from "../../lib";

/** A threshold with what it rests on. */
interface Chosen {
  threshold: number;
  mode: string;
  calibrated?: unknown;
  labelled?: unknown;
  commissioned?: unknown;
}

/** What the settings give may be computed again, and differ in the last digit. */
const SAME = 1e-9;

/**
 * A threshold that somebody has set holds as long as the settings give what it took the place of: who sets the node
 * otherwise, or labels parts, has decided anew.
 * @param applied newest last
 */
export function appliedOver<T extends Chosen>(chosen: T, applied: readonly AppliedThreshold[]) {
  const last = applied.at(-1);
  if (!last || Math.abs(last.instead - chosen.threshold) > SAME * Math.max(1, Math.abs(last.instead))) return chosen;
  const { calibrated: _, labelled: __, commissioned: ___, ...facts } = chosen;
  const { threshold, by, time, instead } = last;
  return { ...facts, mode: "applied" as const, threshold, applied: { by, time, instead } };
}
