const BITS = 11;
const BUCKETS = 1 << BITS;
const PASSES = 3;

/**
 * Numbers as unsigned integers of the same order, so that they can be sorted by their bits; equal numbers, -0 and 0
 * among them, give equal keys.
 */
export function keysOf(values: Float32Array): Uint32Array {
  const keys = new Uint32Array(values.length);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < keys.length; i++) {
    const own = bits[i]!;
    if (own === 0x80000000) keys[i] = 0x80000000;
    else keys[i] = own & 0x80000000 ? ~own : own | 0x80000000;
  }
  return keys;
}

/** The number that a key stands for. */
export function numberOf(key: number): number {
  const bits = Uint32Array.of(key & 0x80000000 ? key ^ 0x80000000 : ~key);
  return new Float32Array(bits.buffer)[0]!;
}

/**
 * Sorts keys in ascending order, in time proportional to their number (least significant digit first).
 * @param keys as many as are to be sorted; used as working memory
 * @param along moved with the keys, and used as working memory
 */
export function sortKeys(
  keys: Uint32Array,
  along?: Uint32Array,
): { keys: Uint32Array; along: Uint32Array | undefined } {
  let from = keys;
  let to: Uint32Array = new Uint32Array(keys.length);
  let fromAlong = along;
  let toAlong: Uint32Array | undefined = along && new Uint32Array(keys.length);
  const starts = countDigits(keys);
  for (let pass = 0; pass < PASSES; pass++) {
    const start = starts[pass]!;
    const shift = pass * BITS;
    for (let i = 0; i < from.length; i++) {
      const key = from[i]!;
      const at = start[(key >>> shift) & (BUCKETS - 1)]!++;
      to[at] = key;
      if (toAlong) toAlong[at] = fromAlong![i]!;
    }
    [from, to] = [to, from];
    [fromAlong, toAlong] = [toAlong, fromAlong];
  }
  return { keys: from, along: fromAlong };
}

/** Where the keys of each digit begin, for each pass. */
function countDigits(keys: Uint32Array): Uint32Array[] {
  const counts = Array.from({ length: PASSES }, () => new Uint32Array(BUCKETS));
  const [low, middle, high] = counts as [Uint32Array, Uint32Array, Uint32Array];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    low[key & (BUCKETS - 1)]!++;
    middle[(key >>> BITS) & (BUCKETS - 1)]!++;
    high[key >>> (2 * BITS)]!++;
  }
  for (const count of counts) {
    let before = 0;
    for (let digit = 0; digit < BUCKETS; digit++) {
      const own = count[digit]!;
      count[digit] = before;
      before += own;
    }
  }
  return counts;
}
