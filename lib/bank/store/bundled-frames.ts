import { GoldenSampleError } from "../../errors";
import { ifAbsent } from "../../if-absent";
import { type Sentence, sentence } from "../../sentence";
import { readTensors } from "../file/bundle";
import type { StoredTensor } from "../file/safetensors";
import { FRAME_KINDS, type FrameFolder, type FrameKind, type FrameMask, type StoredFrame } from "./stored-frames";

/** Frames that travel with an exported version, so that another machine can build it again and replay its defects. */
export type BundledFrames = Record<FrameKind, Pick<StoredFrame, "image" | "mask">[]>;

/** Bytes of frames that an export takes in: it is made, and read, in memory. */
const MOST = 2 ** 30;
/** `kept.references.000001` is a frame's file as it came, `kept.references.000001.mask` its mask. */
const NAME = /^kept\.(references|accepted|defects)\.(\d{6})$/;

/** Frames as tensors of a bundle, and how many of each kind. */
export interface PackedFrames {
  tensors: Map<string, StoredTensor>;
  counts: Record<FrameKind, number>;
}

export const noFrames = (): PackedFrames => ({
  tensors: new Map(),
  counts: { references: 0, accepted: 0, defects: 0 },
});

/** @throws {GoldenSampleError} BAD_REQUEST where they are more than 1 GiB */
export async function packFrames(frames: Record<FrameKind, FrameFolder>): Promise<PackedFrames> {
  const packed = noFrames();
  const { tensors, counts } = packed;
  let bytes = 0;
  for (const kind of FRAME_KINDS) {
    for (const file of await frames[kind].list()) {
      // A frame that was taken back after it was listed is none of the bank's any more.
      const frame = await frames[kind].read(file).catch(ifAbsent(undefined));
      if (!frame) continue;
      const { image, mask } = frame;
      bytes += image.length;
      if (bytes > MOST) {
        throw new GoldenSampleError(
          "BAD_REQUEST",
          sentence`[keptFramesTooLarge] The frames kept with the bank are more than ${{ mebibytes: MOST / 2 ** 20 }} MiB, which one file does not take: export it without frames, or copy the bank's folder.`,
        );
      }
      const name = `kept.${kind}.${String(++counts[kind]).padStart(6, "0")}`;
      tensors.set(name, { dtype: "U8", shape: [image.length], data: image });
      if (mask) tensors.set(`${name}.mask`, { dtype: "U8", shape: [mask.rows, mask.cols], data: mask.data });
    }
  }
  return packed;
}

/**
 * The frames that came with a bundle, none where it has none. `readBundle` has checked that nothing of it was altered.
 * @throws {GoldenSampleError} BAD_BANK
 */
export async function bundledFrames(bundle: string): Promise<BundledFrames> {
  const found: BundledFrames = { references: [], accepted: [], defects: [] };
  const tensors = await readTensors(bundle, (name) => name.startsWith("kept."));
  for (const name of [...tensors.keys()].sort()) {
    const kind = NAME.exec(name)?.[1] as FrameKind | undefined;
    if (kind === undefined) continue;
    const mask = maskOf(tensors.get(`${name}.mask`));
    if (kind === "accepted" && !mask?.data.includes(1)) {
      throw new GoldenSampleError(
        "BAD_BANK",
        sentence`[acceptedFrameWithoutPatches] The bank ${{ file: bundle }} cannot be used: one of its accepted frames does not say which patches were accepted; export it again.`,
      );
    }
    found[kind].push({ image: bytesOf(tensors.get(name)!), mask });
  }
  return found;
}

function maskOf(tensor: StoredTensor | undefined): FrameMask | undefined {
  const [rows, cols] = tensor?.shape ?? [];
  return tensor && rows !== undefined && cols !== undefined ? { rows, cols, data: bytesOf(tensor) } : undefined;
}

const bytesOf = ({ data }: StoredTensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** In words, for the log and for people; empty where there are none. */
export function countInWords(counts: Record<FrameKind, number>): Sentence | undefined {
  const { references, accepted, defects } = counts;
  const some = [
    ...(references > 0
      ? [
          references === 1
            ? sentence`[oneOfReferences] 1 reference`
            : sentence`[countReferences] ${{ references }} references`,
        ]
      : []),
    ...(accepted > 0
      ? [
          accepted === 1
            ? sentence`[oneAccepted] 1 accepted frame`
            : sentence`[countAccepted] ${{ accepted }} accepted frames`,
        ]
      : []),
    ...(defects > 0
      ? [defects === 1 ? sentence`[oneDefect] 1 known defect` : sentence`[countDefects] ${{ defects }} known defects`]
      : []),
  ];
  return some.length > 0 ? some.reduce((first, second) => sentence`[listed] ${{ first }}, ${{ second }}`) : undefined;
}

export const countsOf = ({
  references,
  accepted,
  defects,
}: Record<FrameKind, { length: number }>): Record<FrameKind, number> => ({
  references: references.length,
  accepted: accepted.length,
  defects: defects.length,
});
