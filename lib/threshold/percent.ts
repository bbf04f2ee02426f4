/** A share as people read it: 0.0123 is "1.2 %". Nearly all is not rounded to all: 0.9975 is "99.75 %". */
export function percent(share: number): string {
  if (share <= 0.99 || share >= 1) return `${Number((share * 100).toPrecision(2))} %`;
  const rest = (1 - share) * 100;
  return `${Number((100 - Number(rest.toPrecision(2))).toPrecision(12))} %`;
}
