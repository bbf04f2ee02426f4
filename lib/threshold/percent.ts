/** A share as people read it: 0.0123 is "1.2 %". */
export const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;
