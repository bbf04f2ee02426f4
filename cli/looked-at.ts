import { type Arguments, OF_BANKS, type Values, written } from "./arguments";
import { UsageError } from "./usage";

type Option = keyof Values;

const OF_ENGINE: readonly Option[] = ["device", "device-index", "runtime", "memory"];
const OF_BACKBONE: readonly Option[] = [
  ...OF_ENGINE,
  ...(["backbone", "resolution", "fit", "description", "precision", "models", "mirror"] as const),
  ...(["endpoint", "model-version", "ca"] as const),
];
const BUILDS: readonly Option[] = [...OF_BACKBONE, ...OF_BANKS];

/** What each command looks at, or says itself why not, besides --json and --help. */
const LOOKED_AT: Readonly<Record<string, readonly Option[]>> = {
  score: [...BUILDS, "references", "bank", "distances", "overlay"],
  batch: [...BUILDS, "references", "bank", "distances", "overlay"],
  build: [...BUILDS, "references", "out"],
  evaluate: [
    ...BUILDS,
    ...(["data", "shots", "seeds", "preprocess", "image-only", "report", "verdicts", "no-made-defects"] as const),
  ],
  threshold: [
    ...BUILDS,
    ...(["references", "bank", "scores", "rate", "rule", "commission", "good", "bad", "no-made-defects"] as const),
    ...(["goal", "escape-rate", "cost-reject", "cost-escape", "prevalence"] as const),
  ],
  "made-defects": [...BUILDS, "references", "bank", "threshold", "count", "seconds", "report"],
  models: ["models", "mirror", "out"],
  banks: [...OF_BACKBONE, "banks", "out", "use", "no-frames", "guard", "rate", "threshold"],
  "offline-bundle": ["out", "os", "cpu", "libc", "package"],
  backbone: OF_BACKBONE,
  doctor: [...OF_BACKBONE, "rate", "smallest"],
};

/**
 * An option of another command would be taken for one that did something: a threshold for a verdict, a preprocessing for the
 * mask that it decides about.
 * @throws {UsageError} where there is one
 */
export function mustBeLookedAt({ command = "", values }: Arguments): void {
  const looked = Object.hasOwn(LOOKED_AT, command) ? LOOKED_AT[command] : undefined;
  if (!looked) return;
  const others = (Object.keys(values) as Option[]).filter((name) => !["json", "help", ...looked].includes(name));
  if (others.length === 0) return;
  throw new UsageError(
    `${command} does not look at ${written(others)}: leave ${others.length === 1 ? "it" : "them"} out.`,
  );
}
