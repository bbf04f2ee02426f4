/**
 * Works through `length` items a piece at a time and lets other work through in between: a loop over a large bank would
 * hold up every frame of every other bank.
 */
export async function inPieces(length: number, piece: number, work: (from: number, to: number) => void): Promise<void> {
  for (let from = 0; from < length; from += piece) {
    if (from > 0) await new Promise((resolve) => setImmediate(resolve));
    work(from, Math.min(length, from + piece));
  }
}
