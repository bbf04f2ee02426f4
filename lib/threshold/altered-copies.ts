import type { Alteration } from "../image/augment";

/** Copies that a single reference is calibrated by; each costs an inference. */
export const COPIES = 16;

/**
 * How the copies of a single reference differ from it: what a fixture, a lamp and a camera vary by between two
 * photographs of one part. What parts differ by among each other is not in it.
 * @param random uniform numbers in [0, 1)
 */
export function drawAlteration(random: () => number): Alteration {
  const between = (low: number, high: number) => low + (high - low) * random();
  return {
    degrees: between(-2, 2),
    shiftX: between(-0.015, 0.015),
    shiftY: between(-0.015, 0.015),
    gain: between(0.93, 1.07),
    noise: between(1, 4),
    quality: Math.round(between(70, 95)),
  };
}
