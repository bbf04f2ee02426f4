import { z } from "zod";
import type { MadeDefects, ScoredDefect } from "../bank/memory-bank";
import { median } from "../median";
import { inWords, type Sentence, sentence } from "../sentence";
import { percent } from "../threshold/percent";
import { detection, mustFind } from "./detection";

const brief = z.object({
  mustFind: z.array(z.object({ score: z.number(), clean: z.number(), pixels: z.number() })),
  finer: z.object({ resolution: z.number(), count: z.number().positive(), found: z.number() }).optional(),
});

/** What of a bank's made defects comes with every frame's result, so that any threshold can be told what it finds. */
export interface MadeBrief {
  /** Those that must be found. */
  mustFind: Pick<ScoredDefect, "score" | "clean" | "pixels">[];
  /** How many of them another resolution finds, where that was tried. */
  finer?: MadeDefects["finer"];
}

/** What a threshold finds of the made defects that it must find. Shares are from 0 to 1. */
export interface Finds {
  count: number;
  found: number;
  share: number;
  /** Where the share lies, at that confidence. */
  low: number;
  high: number;
  confidence: number;
  /** Their longest side in the references' pixels, median. */
  pixels: number;
  /** Whether at least half of them are found: with less, a threshold stands for no inspection. */
  enough: boolean;
  /** The same defects at another resolution, at its default threshold; only where that was tried. */
  finer?: { resolution: number; share: number };
  /** One sentence for the user; where too few are found, what to do, the best first. */
  words: string;
  /** What other languages make the words from. */
  sentence: Sentence;
}

/** With fewer that tell anything a share says nothing: one that is missed would be all of them. */
const LEAST_TELLING = 8;
/** Share of the made defects that must be found under which a threshold is not to be left without a warning. */
const ENOUGH = 0.5;

export function briefOf({ defects, smallest, finer }: MadeDefects): MadeBrief {
  const wanted = mustFind(defects, smallest).map(({ score, clean, pixels }) => ({ score, clean, pixels }));
  return { mustFind: wanted, ...(finer && { finer }) };
}

/** From a message that has been through a flow. @returns undefined where it carries none, or no sound ones */
export function readBrief(bank: { mustFind?: unknown; finer?: unknown }): MadeBrief | undefined {
  const found = brief.safeParse({ mustFind: bank.mustFind, finer: bank.finer });
  return found.success ? found.data : undefined;
}

/** @returns undefined where too few made defects tell anything of this threshold */
export function findsOf({ mustFind: wanted, finer }: MadeBrief, threshold: number): Finds | undefined {
  const { count, found, share, interval } = detection(wanted, threshold);
  if (share === undefined || !interval || count < LEAST_TELLING) return undefined;
  const enough = share >= ENOUGH;
  const other = finer && { resolution: finer.resolution, share: finer.found / finer.count };
  const pixels = Math.round(median(wanted.map((each) => each.pixels)));
  const { low, high, confidence } = interval;
  const facts = { count, found, share, low, high, confidence, pixels, enough, ...(other && { finer: other }) };
  return { ...facts, ...inWords(saidOfFinds(facts)) };
}

/** What is said of them, as the end of a sentence about a threshold: "finds 90 % of ...". */
function saidOfFinds(finds: Omit<Finds, "words" | "sentence">): Sentence {
  const { share, low, high, confidence, pixels, enough, finer } = finds;
  return enough
    ? sentence`[finds] finds ${{ share: whole(share) }} of the test defects of ${{ pixels }} px (${{ low: whole(low) }} to ${{ high: whole(high) }} at ${{ confidence: percent(confidence) }} confidence)`
    : sentence`[findsTooFew] finds ${{ share: whole(share) }} of the test defects: ${{ remedies: remedies(share, finer) }}`;
}

/** Whether so few are found that another resolution is worth a try. */
export function isTooFew(wanted: readonly Pick<ScoredDefect, "score" | "clean">[], threshold: number): boolean {
  const { share, count } = detection(wanted, threshold);
  return share !== undefined && count >= LEAST_TELLING && share < ENOUGH;
}

/** What was measured to help comes first with its figure, and what was measured not to help last. */
function remedies(share: number, finer: Finds["finer"]): Sentence {
  if (!finer) return sentence`[remedies] finer resolution, more references, or more false alarms`;
  const measured = sentence`[measuredAt] ${{ share: whole(finer.share) }} at ${{ resolution: finer.resolution }} px`;
  return finer.share > share
    ? sentence`[remediesFiner] finer resolution (${{ measured }}), more references, or more false alarms`
    : sentence`[remediesNotFiner] more references, or more false alarms (a finer resolution finds no more: ${{ measured }})`;
}

const whole = (share: number) => `${Math.round(100 * share)} %`;
