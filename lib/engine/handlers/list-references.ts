import { readBundleMetadata } from "../../bank/file/bundle";
import { sha256Of } from "../../bank/store/kept-frames";
import type { BankStore } from "../../bank/store/store";
import type { ListedReference } from "../api";

/** The kept references in their order, each with its leave-one-out score where the version in use was built with it. */
export async function listReferences(store: BankStore): Promise<ListedReference[]> {
  const { references } = store;
  const { version } = await store.state();
  const metadata = version === undefined ? undefined : await readBundleMetadata(store.versionFile(version));
  const { sources = [], calibration = [], findings, calibratedBy } = metadata ?? {};
  const outliers = new Set(findings?.outliers.map(({ reference }) => reference));
  const listed: ListedReference[] = [];
  for (const file of await references.list()) {
    const sha256 = sha256Of((await references.read(file)).image);
    const index = sources.findIndex((source) => source.sha256 === sha256);
    const score = calibratedBy === "copies" ? undefined : calibration[index];
    listed.push({
      file,
      outlier: outliers.has(index + 1),
      ...(index >= 0 && { number: index + 1 }),
      ...(score !== undefined && { score }),
    });
  }
  return listed;
}
