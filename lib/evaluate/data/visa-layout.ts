import { basename, dirname, join, resolve } from "node:path";
import { files } from "../../files/read-file";
import { readTable } from "./csv";
import type { Dataset, TestImage } from "./dataset";
import { imageLister } from "./images";
import { describeUnused, pairMasks, readMasks } from "./masks";

/** The share of normal images that VisA's one-class protocol keeps for the test. */
const TESTED_SHARE = 0.1;
/** Of a table: a million rows. */
const MOST_BYTES = 1 << 26;

/**
 * VisA as it is downloaded: `Data/Images/Normal`, `Data/Images/Anomaly`, `Data/Masks/Anomaly`, the kinds of defects in
 * `image_anno.csv`. Which normal images are references says `split_csv/1cls.csv` beside the objects' folders; without
 * it the last tenth by name is tested, and the note says so.
 * @returns undefined where the folder has no `Data/Images`
 */
export async function readVisaLayout(folder: string): Promise<Omit<Dataset, "name"> | undefined> {
  const notes: string[] = [];
  const list = imageLister(notes);
  const normal = await list(join(folder, "Data", "Images", "Normal"));
  const anomalous = await list(join(folder, "Data", "Images", "Anomaly"));
  if (normal.length === 0 && anomalous.length === 0) return undefined;
  const types = await typesOf(folder);
  const { test: defects, unused } = pairMasks(
    anomalous.map((path): TestImage => ({ path, type: types.get(basename(path)) ?? "bad" })),
    await readMasks(join(folder, "Data", "Masks", "Anomaly"), list),
  );
  notes.push(...describeUnused(unused, defects));
  const split = await splitOf(folder);
  const tested = (path: string) => split!.get(`Normal/${basename(path)}`) === "test";
  const firstTested = Math.ceil(normal.length * (1 - TESTED_SHARE));
  const references = split ? normal.filter((path) => !tested(path)) : normal.slice(0, firstTested);
  const good = split ? normal.filter(tested) : normal.slice(firstTested);
  defects.sort((a, b) => (a.type === b.type ? 0 : a.type < b.type ? -1 : 1));
  if (!split)
    notes.push(
      "split_csv/1cls.csv is not there: the last tenth of the normal images was tested, so the figures do not compare with published ones",
    );
  return { references, test: [...good.map((path) => ({ path, type: "good" })), ...defects], notes };
}

/** Kinds of defects by image name; several in one image are one kind of their own. */
async function typesOf(folder: string): Promise<Map<string, string>> {
  const rows = await tableAt(join(folder, "image_anno.csv"));
  return new Map(
    rows.flatMap(({ image, label }) => {
      if (image === undefined || label === undefined || label === "" || label === "normal") return [];
      return [[basename(image), label.split(/\s*,\s*/).join(" + ")] as const];
    }),
  );
}

/** "train" or "test" by the last two parts of an image's path; undefined where there is no such file. */
async function splitOf(folder: string): Promise<Map<string, string> | undefined> {
  const object = basename(resolve(folder));
  const rows = (await tableAt(join(dirname(resolve(folder)), "split_csv", "1cls.csv"))).filter(
    (row) => row.object === object,
  );
  if (rows.length === 0) return undefined;
  return new Map(rows.map(({ image = "", split = "" }) => [image.split("/").slice(-2).join("/"), split]));
}

async function tableAt(file: string): Promise<Record<string, string>[]> {
  const bytes = await files.bytes(file, MOST_BYTES).catch(() => Buffer.alloc(0));
  return readTable(bytes.toString("utf8"));
}
