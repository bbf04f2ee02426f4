/** A scored image and whether it is truly defective. */
export interface Labelled {
  score: number;
  defective: boolean;
}

/**
 * Area under the ROC curve: the share of (defective, good) pairs that the scores order rightly, ties counted half
 * (Mann-Whitney U, as scikit-learn's roc_auc_score).
 * @returns undefined where one of the two classes is empty
 */
export function auroc(items: readonly Labelled[]): number | undefined {
  if (!hasBoth(items)) return undefined;
  const sorted = [...items].sort((a, b) => a.score - b.score);
  let [rankSum, defects] = [0, 0];
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    while (end < sorted.length && sorted[end]!.score === sorted[start]!.score) end++;
    // Tied items share the mean of the ranks they take up.
    const rank = (start + 1 + end) / 2;
    for (const item of sorted.slice(start, end)) {
      if (!item.defective) continue;
      rankSum += rank;
      defects++;
    }
    start = end;
  }
  const good = sorted.length - defects;
  return (rankSum - (defects * (defects + 1)) / 2) / (defects * good);
}

/** Precision and recall at every distinct threshold, from the highest score down. */
function* precisionRecall(
  items: readonly Labelled[],
): Generator<{ precision: number; recall: number; threshold: number }> {
  const sorted = [...items].sort((a, b) => b.score - a.score);
  const defects = sorted.filter((item) => item.defective).length;
  let hits = 0;
  for (const [i, { score, defective }] of sorted.entries()) {
    if (defective) hits++;
    if (sorted[i + 1]?.score === score) continue;
    yield { precision: hits / (i + 1), recall: hits / defects, threshold: score };
  }
}

/**
 * Average precision: precision summed over the steps in recall (scikit-learn's average_precision_score).
 * @returns undefined where one of the two classes is empty: without good items every precision is 1
 */
export function averagePrecision(items: readonly Labelled[]): number | undefined {
  if (!hasBoth(items)) return undefined;
  let [sum, before] = [0, 0];
  for (const { precision, recall } of precisionRecall(items)) {
    sum += precision * (recall - before);
    before = recall;
  }
  return sum;
}

/**
 * The best F1 over all thresholds, and the lowest score that counts as an anomaly there.
 * @returns undefined where one of the two classes is empty
 */
export function f1Max(items: readonly Labelled[]): { f1: number; threshold: number } | undefined {
  if (!hasBoth(items)) return undefined;
  let best: { f1: number; threshold: number } | undefined;
  for (const { precision, recall, threshold } of precisionRecall(items)) {
    const f1 = precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
    if (f1 > (best?.f1 ?? 0)) best = { f1, threshold };
  }
  return best;
}

/**
 * The ROC curve's corners, from (0, 0) to (1, 1): a point for each distinct score, from the highest down.
 * @returns undefined where one of the two classes is empty
 */
export function rocCurve(
  items: readonly Labelled[],
): [falsePositiveRate: number, truePositiveRate: number][] | undefined {
  if (!hasBoth(items)) return undefined;
  const sorted = [...items].sort((a, b) => b.score - a.score);
  const defects = sorted.filter((item) => item.defective).length;
  const points: [number, number][] = [[0, 0]];
  let [hits, alarms] = [0, 0];
  for (const [i, { score, defective }] of sorted.entries()) {
    if (defective) hits++;
    else alarms++;
    if (sorted[i + 1]?.score !== score) points.push([alarms / (sorted.length - defects), hits / defects]);
  }
  return points;
}

/**
 * The share of defective items that can be found while at most this share of the good ones is rejected.
 * @returns undefined where one of the two classes is empty
 */
export function detectionAt(items: readonly Labelled[], rejected: number): number | undefined {
  return rocCurve(items)
    ?.filter(([alarms]) => alarms <= rejected)
    .at(-1)?.[1];
}

/** Whether there is something to tell apart. */
const hasBoth = (items: readonly Labelled[]) =>
  items.some(({ defective }) => defective) && items.some(({ defective }) => !defective);
