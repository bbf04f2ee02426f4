import {
  type CalibratedThreshold,
  type CommissioningUnderWay,
  type Finds,
  findsOf,
  GoldenSampleError,
  inWords,
  LEAST_PARTS,
  MOST_PARTS,
  type RequestInput,
  readBrief,
  type Sentence,
  type SentenceValue,
  sentence,
  type ThresholdMemory,
  together,
  unlikeParts,
} from "../../lib";
import { formatScore } from "../shared/format-score";
import type { Judgement } from "./settings";
import type { ChosenThreshold, ScoredBank, Thresholds } from "./thresholds";

/** Who asks, for the bank's log. */
export interface Actor {
  by: string;
  message?: string;
}

/** How a commissioning stands, in `msg.anomaly.commissioning` and in the dialog. */
export interface CommissioningView {
  state: "collecting" | "proposed";
  /** Scored so far, of how many. */
  parts: number;
  wanted: number;
  /** Once all are there: what would change, and how far it can be trusted. */
  threshold?: { before: number; after: number };
  falseRejectRate?: Pick<CalibratedThreshold, "expected" | "promised" | "interval" | "worst">;
  /** What the threshold would find of the bank's made defects, where it has any. */
  finds?: Finds;
  /** Parts, counted from 1, that score far above the others: perhaps defective. They decide little. */
  unlike?: number[];
  /** For the user. */
  words: string;
  /** What other languages make the words from. */
  sentence: Sentence;
}

/** What the engine is asked for to keep a threshold with a bank version; the bank's folder is the node's to know. */
export type Acceptance = Omit<RequestInput<"commission">, "bank"> & { name: string };

/**
 * Scores of the next parts off the line, known to be good or mostly good, until there are enough of them for a new
 * threshold. That takes effect only when somebody accepts it: until then the frames are judged as before.
 */
export class Commissioner {
  /** Of the last part's bank, for what its made defects say; not kept over a restart. */
  private made: ReturnType<typeof readBrief>;
  private proposal: CommissioningView | undefined;

  /** @param tell a sentence for the log */
  constructor(
    private readonly settings: Judgement,
    private readonly memory: ThresholdMemory,
    private readonly thresholds: Thresholds,
    private readonly tell: (said: SentenceValue) => void,
  ) {}

  /** @throws {GoldenSampleError} BAD_REQUEST where the node's threshold is not the bank's, or for a number of parts that cannot be */
  start(wanted: number, { by, message }: Actor): void {
    if (this.settings.mode === "fixed" || this.settings.mode === "labels") {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        this.settings.mode === "fixed"
          ? sentence`[thresholdIsFixed] The node's threshold is fixed, so no parts are needed for it: choose balanced or a false-reject rate to commission.`
          : sentence`[thresholdIsFromLabels] The node's threshold is from labelled parts, so no parts are needed for it: choose balanced or a false-reject rate to commission.`,
      );
    }
    if (!Number.isInteger(wanted) || wanted < LEAST_PARTS || wanted > MOST_PARTS) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[badPartCount] "${{ parts: wanted }}" is no number of parts to commission with: choose a whole number from ${{ least: LEAST_PARTS }} to ${{ most: MOST_PARTS }}.`,
      );
    }
    this.set({ wanted, by, ...(message !== undefined && { message }), scores: [] });
  }

  /** Forgets the parts; the threshold stays as it is. */
  cancel(): void {
    this.set(undefined);
  }

  /** Counts a part that was inspected. Those of other banks, as at a change of product, count for nothing. */
  take(score: number, bank: ScoredBank | undefined, chosen: ChosenThreshold): void {
    const underWay = this.memory.commissioning;
    if (!underWay || isComplete(underWay)) return;
    const from = underWay.bank ?? this.firstBank(bank);
    if (!from) {
      this.cancel();
      this.tell(
        sentence`[partsNotCounted] The parts are not counted, for their messages name no bank in msg.anomaly.bank that a threshold could be kept with: leave what the anomaly-score node sets untouched, and commission again.`,
      );
      return;
    }
    if (String(bank?.name) !== from.name) return;
    if (this.thresholds.keyOf(bank) !== from.key) {
      this.cancel();
      this.tell(
        sentence`[builtAnew] Bank "${{ bank: from.name }}" was built anew, and its parts score otherwise now: the ${{ parts: underWay.scores.length }} commissioned parts were forgotten; send msg.action "commission" again.`,
      );
      return;
    }
    // A camera that hangs sends the same picture again.
    if (underWay.scores.includes(score)) return;
    this.made = bank && readBrief(bank);
    const version = Number(bank?.version);
    const next = { ...underWay, bank: { ...from, version }, scores: [...underWay.scores, score] };
    this.set(isComplete(next) ? { ...next, before: chosen.threshold } : next);
    if (isComplete(next)) this.tell(sentence`[ofBank] Bank "${{ bank: from.name }}": ${{ said: this.view!.sentence }}`);
  }

  get view(): CommissioningView | undefined {
    const underWay = this.memory.commissioning;
    if (!underWay) return undefined;
    const { wanted, scores } = underWay;
    if (isComplete(underWay)) {
      this.proposal ??= this.propose(underWay);
      return this.proposal;
    }
    return {
      state: "collecting",
      parts: scores.length,
      wanted,
      ...inWords(sentence`[partsScored] ${{ parts: scores.length }} of ${{ wanted }} parts were scored.`),
    };
  }

  /**
   * What is to be kept with the bank version that scored the parts.
   * @throws {GoldenSampleError} BAD_REQUEST where not all parts were scored yet
   */
  acceptance(actor: Actor): Acceptance {
    const underWay = this.memory.commissioning;
    const { threshold } = this.view ?? {};
    if (!underWay?.bank || !threshold) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        underWay
          ? sentence`[tooEarlyToAccept] There is no threshold to accept, for only ${{ parts: underWay.scores.length }} of ${{ wanted: underWay.wanted }} parts were scored: send msg.action "commission", and good parts.`
          : sentence`[nothingToAccept] There is no threshold to accept, for none is under way: send msg.action "commission", and good parts.`,
      );
    }
    const { name, version, calibration } = underWay.bank;
    const { mode, rate } = this.settings;
    const { scores } = underWay;
    const rule = mode === "balanced" ? { mode } : { mode: "rate" as const, ...(rate !== undefined && { rate }) };
    return { name, version, calibration, scores, ...rule, threshold, actor };
  }

  private propose(underWay: CommissioningUnderWay): CommissioningView {
    const { scores, wanted, before = 0 } = underWay;
    const { threshold: after, expected, promised, interval, worst, sentence: rate } = this.thresholds.fromParts(scores);
    const unlike = unlikeParts(scores);
    const finds = this.made && findsOf(this.made, after);
    const said = together(
      sentence`[wouldChange] ${{ parts: scores.length }} parts would change the threshold from ${{ before: formatScore(before) }} to ${{ after: formatScore(after) }}.`,
      rate,
      ...(finds ? [sentence`[itFinds] It ${{ finds: finds.sentence }}.`] : []),
      ...(unlike.length > 0 ? [unlikeSentence(unlike)] : []),
      sentence`[acceptOrCancel] To take it, send msg.action "commission-accept"; "commission-cancel" keeps what is.`,
    );
    return {
      state: "proposed",
      parts: scores.length,
      wanted,
      threshold: { before, after },
      falseRejectRate: { expected, promised, interval, worst },
      ...(finds && { finds }),
      unlike,
      ...inWords(said),
    };
  }

  private firstBank(bank: ScoredBank | undefined): CommissioningUnderWay["bank"] {
    const { name, version, calibration } = bank ?? {};
    if (typeof name === "string" && typeof version === "number" && Array.isArray(calibration))
      return { name, version, key: this.thresholds.keyOf(bank), calibration: calibration as number[] };
    return undefined;
  }

  private set(underWay: CommissioningUnderWay | undefined): void {
    this.proposal = undefined;
    this.memory.setCommissioning(underWay);
  }
}

function unlikeSentence(parts: readonly number[]): Sentence {
  return parts.length === 1
    ? sentence`[partUnlike] Part ${{ part: parts[0]! }} scores far above the others: look whether it is defective; it decides little.`
    : sentence`[partsUnlike] Parts ${{ parts: parts.slice(0, 10).join(", ") }} score far above the others: look whether they are defective; they decide little.`;
}

const isComplete = ({ scores, wanted }: CommissioningUnderWay) => scores.length >= wanted;
