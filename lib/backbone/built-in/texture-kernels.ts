/** A square or odd-sized filter, row major. */
export type Kernel = readonly number[];

/** The binomial filter of a Gaussian pyramid (Burt and Adelson 1983), before halving. */
export const BINOMIAL: Kernel = outerProduct([1, 4, 6, 4, 1].map((value) => value / 16));

/**
 * Samples of a Gaussian that sum to one, on `size` points around their middle (between two points where even).
 * @param deviation in samples
 */
export function gaussian(size: number, deviation: number): number[] {
  const values = Array.from({ length: size }, (_, i) => Math.exp(-((i - (size - 1) / 2) ** 2) / (2 * deviation ** 2)));
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}

/** The separable filter of one profile in both directions. */
export function outerProduct(profile: readonly number[]): number[] {
  return profile.flatMap((y) => profile.map((x) => y * x));
}

/** First derivative of a Gaussian across `angle` (0 = along x): answers edges; a step of one gives one. */
export function edgeKernel(radius: number, deviation: number, angle: number): number[] {
  return normalised(sample(radius, angle, (across, squared) => across * Math.exp(-squared / (2 * deviation ** 2))));
}

/** Second derivative of a Gaussian across `angle`, made to answer nothing on a plain area: answers lines and spots. */
export function lineKernel(radius: number, deviation: number, angle: number): number[] {
  const envelope = sample(radius, angle, (_, squared) => Math.exp(-squared / (2 * deviation ** 2)));
  const curve = sample(
    radius,
    angle,
    (across, squared) => (1 - across ** 2 / deviation ** 2) * Math.exp(-squared / (2 * deviation ** 2)),
  );
  const offset = total(curve) / total(envelope);
  return normalised(curve.map((value, i) => value - offset * envelope[i]!));
}

/** Mean of the second derivatives in x and y: answers what differs from all around it. */
export function spotKernel(radius: number, deviation: number): number[] {
  const [x, y] = [lineKernel(radius, deviation, 0), lineKernel(radius, deviation, Math.PI / 2)];
  return x.map((value, i) => (value + y[i]!) / 2);
}

function sample(radius: number, angle: number, value: (across: number, squared: number) => number): number[] {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const size = 2 * radius + 1;
  return Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [(i % size) - radius, Math.floor(i / size) - radius];
    return value(x * cos + y * sin, x * x + y * y);
  });
}

/** Scaled so that the positive weights sum to one: responses of all filters and scales are then comparable. */
function normalised(kernel: readonly number[]): number[] {
  const positive = total(kernel.filter((value) => value > 0));
  return kernel.map((value) => value / positive);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
