import { type Sentence, type SentenceValue, sentence } from "../../sentence";
import { badImage } from "../bad-image";
import type { JpegScan, JpegStructure } from "./structure";

const BASELINE = [0xc0, 0xc1];
const PROGRESSIVE = 0xc2;
const LOSSLESS = sentence`[jpegLossless] lossless JPEG`;
const HIERARCHICAL = sentence`[jpegHierarchical] hierarchical JPEG`;
const ARITHMETIC = sentence`[jpegArithmetic] JPEG with arithmetic coding`;
/** Start-of-frame markers of what is not read, by name. */
const UNREAD: Record<number, SentenceValue> = {
  195: LOSSLESS,
  197: HIERARCHICAL,
  198: HIERARCHICAL,
  199: HIERARCHICAL,
  // A decoder makes zeros of what is missing of arithmetic coding, and no one can tell.
  201: ARITHMETIC,
  202: ARITHMETIC,
  203: ARITHMETIC,
  205: HIERARCHICAL,
  206: HIERARCHICAL,
  207: HIERARCHICAL,
  247: "JPEG-LS",
};

/**
 * Refuses a JPEG of a kind that is not read, and one that lacks pixels by its structure: without an end-of-image marker,
 * without a scan of a component, or a progressive one whose last refinements are not there, which every decoder takes for
 * whole and shows blurred.
 * @throws {GoldenSampleError} BAD_IMAGE
 */
export function checkJpegComplete({ frame, scans, ended }: JpegStructure): void {
  if (frame === undefined || frame.components.length === 0)
    throw cutOff(sentence`[noFrameHeader] its frame header is missing`);
  const { marker, precision, width, height, components } = frame;
  if (![...BASELINE, PROGRESSIVE].includes(marker))
    throw unread(UNREAD[marker] ?? sentence`[jpegKind] JPEG of kind ${{ kind: marker.toString(16) }}`);
  if (precision !== 8) throw unread(sentence`[jpegBits] JPEG with ${{ bits: precision }} bits a channel`);
  if (![1, 3, 4].includes(components.length))
    throw unread(sentence`[jpegChannels] JPEG with ${{ channels: components.length }} channels`);
  if (height === 0) throw unread(sentence`[jpegLateHeight] JPEG whose height stands behind its pixels (DNL)`);
  if (width === 0)
    throw badImage(
      sentence`[jpegEmpty] The JPEG image has a width of 0, so there is nothing to see: check the camera.`,
    );
  if (!ended) throw cutOff(sentence`[noEndMarker] it has no end-of-image marker`);
  const missing =
    marker === PROGRESSIVE
      ? components.some(({ id }) => !isRefined(id, scans))
      : components.some(({ id }) => !scans.some((scan) => has(scan, id)));
  if (missing) throw cutOff(sentence`[scansMissing] scans are missing`);
}

/** Whether scans give every coefficient of the component down to its lowest bit. */
function isRefined(component: number, scans: readonly JpegScan[]): boolean {
  const lowest = new Uint8Array(64).fill(255);
  for (const scan of scans) if (has(scan, component)) lowest.fill(scan.low, scan.band[0], scan.band[1] + 1);
  return lowest.every((low) => low === 0);
}

const has = ({ components }: JpegScan, component: number) => components.some(({ id }) => id === component);

export const cutOff = (how: Sentence) =>
  badImage(sentence`[jpegCutOff] The JPEG image is damaged or cut off (${{ how }}): send the whole file.`);
const unread = (what: SentenceValue) =>
  badImage(sentence`[jpegUnread] The image is ${{ what }}, which is not read: send an ordinary 8-bit JPEG or PNG.`);
