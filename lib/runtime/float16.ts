/** IEEE 754 half precision as raw 16 bits: Node 20 has no Float16Array. */

const scratch = new Float32Array(1);
const bits = new Uint32Array(scratch.buffer);

/** float32 to half, rounded to nearest, ties to even; what is too large becomes infinity. */
export function toHalf(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, halfBits);
}

function halfBits(value: number): number {
  scratch[0] = value;
  const word = bits[0]!;
  const sign = (word >>> 16) & 0x8000;
  const rest = word & 0x7fffffff;
  if (rest > 0x7f800000) return sign | 0x7e00;
  // From 65520 on, halfway beyond the largest half, the nearest is infinity.
  if (rest >= 0x477ff000) return sign | 0x7c00;
  if (rest < 0x38800000) return sign | roundToEven(Math.abs(scratch[0]!) * 2 ** 24);
  return sign | ((rest - 0x38000000 + 0xfff + ((rest >>> 13) & 1)) >>> 13);
}

/** Of a subnormal in units of the smallest half: exact, for these units are a power of two. */
function roundToEven(units: number): number {
  const floor = Math.floor(units);
  const over = units - floor;
  return over > 0.5 || (over === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** Half to float32: exact. */
export function fromHalf(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const [exponent, fraction] = [(half >>> 10) & 31, half & 1023];
    const sign = half & 0x8000 ? -1 : 1;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}
