import { inWords, type Sentence, sentence } from "../sentence";
import { percent } from "./percent";

/** Everything a monitor remembers: plain numbers, to be kept over a restart. */
export interface DriftState {
  /** Good frames that the usual level was learnt from. */
  count: number;
  /** Of the log scores. */
  mean: number;
  /** Sum of squared deviations. */
  squares: number;
  /** The slow average of log scores. */
  slow: number;
  /** When the last frame came, in milliseconds. */
  last: number;
  warned: boolean;
}

export interface Drift {
  /** `learning` until enough good frames have shown what is usual. */
  state: "learning" | "steady" | "drifting";
  /** Shift of the slow average, in standard deviations of usual scores. */
  shift: number;
  /** The same as a factor on the score; 1 is no change. */
  factor: number;
  /** True only on the frame that found it. */
  isNew: boolean;
  /** Empty unless drifting. */
  words: string;
  /** What other languages make the words from. */
  sentence?: Sentence;
}

/** Good frames that show what is usual. */
const BASELINE = 100;
/** Of the slow average: a day, so that the hours' ups and downs even out. */
const TIME_CONSTANT = 24 * 3600 * 1000;
/** Largest weight of one frame, so that some thirty frames stand behind the average however slow the line is. */
const LARGEST_WEIGHT = 0.05;
/** Deviations that one frame counts at most: a defect now and then is no drift. */
const CLIP = 3;
/** Deviations of the slow average from which it is one. A tenth of that is all that chance moves it by within a day. */
const LIMIT = 1;
/** Deviations back to which it has to come before there can be another warning. */
const CALM = 0.5;
/** Least deviation of log scores: parts that score alike to a hair must not make a hair's breadth a drift. */
const LEAST_DEVIATION = 0.03;

/**
 * Watches whether good parts' scores rise (or fall) over days, as they do when a lamp ages or a lens gets dirty: an
 * exponentially weighted moving average (Roberts 1959; Lucas and Saccucci, Technometrics 32, 1990) of log scores, by
 * time instead of by frame, against the first good frames of this bank version. Every frame is clipped at three
 * deviations, so that single defects leave it alone.
 */
export class DriftMonitor {
  private state: DriftState;

  constructor(state?: DriftState) {
    this.state = state ? { ...state } : { count: 0, mean: 0, squares: 0, slow: 0, last: 0, warned: false };
  }

  /** To be kept, and given to the constructor later. */
  get memory(): DriftState {
    return { ...this.state };
  }

  /**
   * @param isOver the frame was over the threshold: what is usual is not learnt from it
   * @param time in milliseconds; of a clock that runs on through restarts
   */
  next(score: number, isOver: boolean, time: number): Drift {
    const value = Math.log(Math.max(score, 1e-12));
    if (this.state.count < BASELINE) return this.learn(value, isOver, time);
    const { mean, last } = this.state;
    const deviation = this.deviation;
    const clipped = Math.min(mean + CLIP * deviation, Math.max(mean - CLIP * deviation, value));
    const weight = Math.min(LARGEST_WEIGHT, 1 - Math.exp(-Math.max(0, time - last) / TIME_CONSTANT));
    this.state.slow += weight * (clipped - this.state.slow);
    this.state.last = time;
    const shift = (this.state.slow - mean) / deviation;
    const isDrifting = Math.abs(shift) > (this.state.warned ? CALM : LIMIT);
    const isNew = isDrifting && !this.state.warned;
    this.state.warned = isDrifting;
    const factor = Math.exp(this.state.slow - mean);
    return {
      state: isDrifting ? "drifting" : "steady",
      shift,
      factor,
      isNew,
      ...(isDrifting ? inWords(driftSentence(factor)) : { words: "" }),
    };
  }

  private learn(value: number, isOver: boolean, time: number): Drift {
    if (!isOver) {
      const { state } = this;
      state.count++;
      const before = value - state.mean;
      state.mean += before / state.count;
      state.squares += before * (value - state.mean);
      state.slow = state.mean;
      state.last = time;
    }
    return { state: "learning", shift: 0, factor: 1, isNew: false, words: "" };
  }

  private get deviation(): number {
    return Math.max(LEAST_DEVIATION, Math.sqrt(this.state.squares / Math.max(1, this.state.count - 1)));
  }
}

/** What to tell where the scores have drifted. @param factor as `Drift` has it */
function driftSentence(factor: number): Sentence {
  return factor > 1
    ? sentence`[scoresRisen] The good parts' scores have risen by ${{ change: percent(factor - 1) }} over the last days: clean the lens, check lamp and focus, or build the bank anew if the parts have changed.`
    : sentence`[scoresFallen] The good parts' scores have fallen by ${{ change: percent(1 - factor) }} over the last days: clean the lens, check lamp and focus, or build the bank anew if the parts have changed.`;
}
