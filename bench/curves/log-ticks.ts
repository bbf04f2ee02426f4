const STEPS = [1, 2, 5] as const;

/**
 * Marks of a logarithmic axis: 1, 2 and 5 of every power of ten from the last at or below `least` to the first at or
 * above `most`; two at least.
 * @param least above 0
 */
export function logTicks(least: number, most: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(least)); ; power++) {
    for (const step of STEPS) {
      const tick = Number(`${step}e${power}`);
      if (tick <= least) ticks.length = 0;
      ticks.push(tick);
      if (tick >= most && ticks.length > 1) return ticks;
    }
  }
}
