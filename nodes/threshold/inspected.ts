import { GoldenSampleError, sentence, type ThresholdMemory } from "../../lib";
import type { InspectedThreshold } from "../shared/inspected-threshold";
import type { Judge } from "./judge";
import type { ScoredBank } from "./thresholds";

interface Parts {
  judge: Judge;
  memory: ThresholdMemory;
  saved: { soon: () => void };
}

/** @param parts of the node; throws what is wrong with its settings */
export function inspectedThreshold(parts: () => Parts): InspectedThreshold {
  const now = () => new Date().toISOString();
  return {
    thresholdFor: (bank) => parts().judge.thresholds.for(bank as ScoredBank).threshold,
    isOver: (anomaly) => parts().judge.isOver(anomaly),
    apply(bank, threshold, by) {
      if (!Number.isFinite(threshold)) {
        throw new GoldenSampleError(
          "BAD_REQUEST",
          sentence`[thresholdNoNumber] The threshold is no number: give the score that is to be over it.`,
        );
      }
      const { judge, memory, saved } = parts();
      const { thresholds } = judge;
      const before = thresholds.for(bank as ScoredBank);
      const instead = before.applied?.instead ?? before.threshold;
      memory.apply(thresholds.keyOf(bank as ScoredBank), { threshold, instead, by, time: now() }, before.threshold);
      thresholds.forget();
      saved.soon();
    },
    undo(bank, by) {
      const { judge, memory, saved } = parts();
      const { thresholds } = judge;
      const key = thresholds.keyOf(bank as ScoredBank);
      const stack = memory.applied(key);
      const last = stack.at(-1);
      if (!last) return undefined;
      memory.takeBack(key, { by, time: now() }, stack.at(-2)?.threshold ?? last.instead);
      thresholds.forget();
      saved.soon();
      return last;
    },
    renameBank(from, to) {
      const { judge, memory, saved } = parts();
      memory.renameBank(from, to);
      judge.thresholds.forget();
      saved.soon();
    },
    changes(bank) {
      const { judge, memory } = parts();
      return memory.changes(judge.thresholds.keyOf(bank as ScoredBank));
    },
    label(anomaly, defective, corrected) {
      const { judge, saved } = parts();
      const counted = judge.label(anomaly, defective, corrected);
      saved.soon();
      return counted;
    },
  };
}
