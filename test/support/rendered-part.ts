import { type Defect, renderPart as render } from "../../scripts/demo/part";

const known = new Map<string, Promise<Buffer>>();

/** `renderPart` of the demo, which takes a fifth of a second: tests look at the same few parts again and again. */
export function renderPart(seed: number, defect?: Defect): Promise<Buffer> {
  const key = `${seed} ${defect}`;
  const found = known.get(key) ?? render(seed, defect);
  known.set(key, found);
  return found;
}
