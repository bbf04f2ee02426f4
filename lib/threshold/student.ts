/**
 * Quantile of Student's t distribution.
 *
 * The distribution's density is a power of cos^2 under t = sqrt(f) tan(a); its integral over a is done by Simpson's
 * rule and inverted by bisection, which is exact to about 1e-9 and needs no special functions.
 * @param probability 0.5 <= p < 1
 * @param freedom degrees of freedom, >= 1
 */
export function studentQuantile(probability: number, freedom: number): number {
  const density = (angle: number) => Math.cos(angle) ** (freedom - 1);
  const total = simpson(density, Math.PI / 2);
  const wanted = (2 * probability - 1) * total;
  let [low, high] = [0, Math.PI / 2];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (simpson(density, middle) < wanted) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan((low + high) / 2);
}

/** The integral from 0 to `end`. */
function simpson(f: (x: number) => number, end: number): number {
  const steps = 400;
  const width = end / steps;
  let sum = f(0) + f(end);
  for (let i = 1; i < steps; i++) sum += f(i * width) * (i % 2 === 1 ? 4 : 2);
  return (sum * width) / 3;
}
