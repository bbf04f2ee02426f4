import { basename, join, resolve } from "node:path";
import { GoldenSampleError } from "../../errors";
import { listFolders } from "../../image/folder";
import { plain } from "../../sentence";
import type { Dataset } from "./dataset";
import { readMvtecLayout } from "./mvtec-layout";
import { readVisaLayout } from "./visa-layout";

/**
 * Reads a folder in the layout of MVTec AD (`train/good`, `test/<type>`, `ground_truth/<type>`; VisA's one-class split
 * has it, too), in VisA's own (`Data/Images/Normal`, `Data/Images/Anomaly`, `Data/Masks/Anomaly`), or one with such a
 * folder for each object.
 * @throws {GoldenSampleError} BAD_REQUEST where it is none of these, or has no images to draw references from or to test
 */
export async function readDatasets(folder: string): Promise<Dataset[]> {
  const own = await readObject(folder);
  if (own) return [complete(own, folder)];
  const found: Dataset[] = [];
  for (const name of await listFolders(folder)) {
    const object = await readObject(join(folder, name));
    if (object) found.push(complete(object, join(folder, name)));
  }
  if (found.length > 0) return found;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    plain(
      `${folder} is not in MVTec layout, nor in VisA's, nor are its folders: it has no images in train/good or Data/Images/Normal.`,
    ),
  );
}

async function readObject(folder: string): Promise<Dataset | undefined> {
  const parts = (await readMvtecLayout(folder)) ?? (await readVisaLayout(folder));
  return parts && { name: basename(resolve(folder)), ...parts };
}

function complete(object: Dataset, folder: string): Dataset {
  const missing = [
    object.references.length > 0 ? "" : "of good parts to draw references from",
    object.test.length > 0 ? "" : "to test",
  ].filter((part) => part !== "");
  if (missing.length === 0) return object;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    plain(
      `${folder} is not in MVTec layout: it has no images ${missing.join(", and none ")} (train/good, test/<type>).`,
    ),
  );
}
