import { type SentenceValue, sentence, type ThresholdMemory, toGoldenSampleError } from "../../lib";
import type { Lifetime } from "../shared/lifetime";

/** Milliseconds after which a change is written: labels are work that somebody did, drift is a slow thing. */
const SOON = 500;
const LATER = 60_000;

/** Writes the memory some time after it has changed, and when the node closes. */
export function keepSaved(memory: ThresholdMemory, life: Lifetime, warn: (words: SentenceValue) => void) {
  let timer: NodeJS.Timeout | undefined;
  let due = Number.POSITIVE_INFINITY;
  const save = async () => {
    clearTimeout(timer);
    timer = undefined;
    due = Number.POSITIVE_INFINITY;
    try {
      await memory.save();
    } catch (thrown) {
      const context = sentence`[thresholdMemoryNotWritten] The threshold's memory could not be written`;
      const { sentence: said, message } = toGoldenSampleError(thrown, "INTERNAL", context);
      warn(said ?? message);
    }
  };
  const within = (milliseconds: number) => {
    const wanted = performance.now() + milliseconds;
    if (life.closed || wanted >= due) return;
    clearTimeout(timer);
    due = wanted;
    timer = setTimeout(() => void save(), milliseconds);
    timer.unref();
  };
  life.hold(save);
  return { soon: () => within(SOON), later: () => within(LATER) };
}
