import type { Backbone } from "../backbone/backbone";
import type { BankMetadata } from "../bank/memory-bank";
import type { ReadyBank } from "../bank/ready-bank";
import type { BankStore } from "../bank/store/store";
import { type StoredFrame, sha256Of } from "../bank/store/stored-frames";
import { builtFit } from "../engine/loaded/bank-backbone";
import type { Request } from "../engine/requests";
import type { ComparedFrame, Comparison, VersionSummary } from "../engine/requests/bank";
import { guardThreshold } from "../engine/requests/feedback";
import { toGoldenSampleError } from "../errors";
import { median } from "../median";
import { inWords, type SentenceValue, sentence, together } from "../sentence";
import { storedFrameScorer } from "./stored-frame-scorer";
import type { Training } from "./training";

export interface CompareJob {
  store: BankStore;
  versions: readonly [number, number];
  guard: Request<"compareVersions">["guard"];
  /** The backbone to score a version's frames with. */
  backboneOf: (metadata: BankMetadata) => Promise<Backbone>;
}

/** One of the two, with what is needed to score with it. */
interface Side {
  ready: ReadyBank;
  metadata: BankMetadata;
  threshold: number | undefined;
  backbone: Backbone | undefined;
  /** Why there is no backbone. */
  reason?: SentenceValue;
}

/** What differs between two versions, and how the kept frames score under both. */
export async function compareVersions(training: Training, job: CompareJob): Promise<Comparison> {
  const { store, versions } = job;
  const a = await open(training, job, versions[0]);
  const b = await open(training, job, versions[1]);
  const compared: ComparedFrame[] = [];
  for (const kind of ["reference", "defect"] as const) {
    const frames = kind === "reference" ? store.references : store.defects;
    for (const [i, file] of (await frames.list()).entries()) {
      const kept = await frames.read(file);
      const [first, second] = await scores(training, [a, b], kept, kind);
      const passes = ({ threshold }: Side, value: number | undefined) =>
        threshold === undefined || value === undefined ? undefined : value <= threshold;
      compared.push({
        kind,
        number: i + 1,
        file,
        scores: [first, second],
        ...(kind === "defect" && { passes: [passes(a, first), passes(b, second)] }),
      });
    }
  }
  const [first, ...more] = [a, b].flatMap(({ metadata: { version }, reason }) =>
    reason === undefined ? [] : [sentence`[versionFailed] Version ${{ version }}: ${{ reason }}`],
  );
  return {
    name: store.name,
    versions: [summary(a), summary(b)],
    settings: differingSettings(a.metadata, b.metadata),
    scores: compared,
    ...(first ? inWords(together(first, ...more)) : { words: "" }),
  };
}

async function open({ banks }: Training, { store, guard, backboneOf }: CompareJob, version: number): Promise<Side> {
  const ready = await banks.open({ file: store.versionFile(version) });
  const { metadata } = ready.bank;
  const side = { ready, metadata, threshold: guardThreshold(guard, metadata) };
  try {
    return { ...side, backbone: await backboneOf(metadata) };
  } catch (thrown) {
    const { message, sentence: said } = toGoldenSampleError(
      thrown,
      "INTERNAL",
      sentence`[backboneNotLoaded] The backbone could not be loaded`,
    );
    return { ...side, backbone: undefined, reason: said ?? message };
  }
}

/** Both versions' scores of a kept frame, which goes through the backbone once where they have the same. */
async function scores(
  training: Training,
  [a, b]: readonly [Side, Side],
  kept: StoredFrame,
  kind: ComparedFrame["kind"],
): Promise<[number | undefined, number | undefined]> {
  const scorers = new Map<Backbone, ReturnType<typeof storedFrameScorer>>();
  const score = async ({ metadata, backbone, ready }: Side) => {
    const known = kind === "reference" ? ownScore(metadata, kept) : undefined;
    if (known !== undefined || !backbone) return known;
    const scorer = scorers.get(backbone) ?? storedFrameScorer(training, kept, backbone);
    scorers.set(backbone, scorer);
    return (await scorer)(ready);
  };
  return [await score(a), await score(b)];
}

/** A reference that the version was built from has its leave-one-out score; against itself it would have none. */
function ownScore(
  { calibration, calibratedBy, sources, references }: BankMetadata,
  { image }: StoredFrame,
): number | undefined {
  if (!sources || calibratedBy || calibration.length !== references) return undefined;
  const hash = sha256Of(image);
  const own = sources.findIndex(({ sha256 }) => sha256 === hash);
  return own === -1 ? undefined : calibration[own];
}

function summary({ ready, metadata, threshold }: Side): VersionSummary {
  const { version, created, references, accepted, calibration } = metadata;
  const largest = Math.max(...calibration);
  return {
    version,
    created,
    references,
    patches: (metadata.fitted ?? 0) + ready.bank.reference.length,
    accepted: accepted.length,
    ...(calibration.length > 1 && {
      calibration: { median: median(calibration), largest, threshold: threshold ?? largest },
    }),
  };
}

function differingSettings(a: BankMetadata, b: BankMetadata): Comparison["settings"] {
  const [first, second] = [flat(a), flat(b)];
  return [...new Set([...first.keys(), ...second.keys()])].flatMap((setting) => {
    const values: [string, string] = [first.get(setting) ?? "", second.get(setting) ?? ""];
    return values[0] === values[1] ? [] : [{ setting, values }];
  });
}

/** Everything that decides about scores, as text. */
function flat(metadata: BankMetadata): Map<string, string> {
  const { settings, mask, backbone } = metadata;
  const { id, sha256, resolution, features } = backbone;
  const fit = builtFit(metadata);
  const facts = { ...settings, masked: mask.applied, backbone: id, sha256, resolution, fit, features };
  return new Map(
    Object.entries(facts).map(([key, value]) => [
      key,
      typeof value === "string" ? value : (JSON.stringify(value) ?? ""),
    ]),
  );
}
