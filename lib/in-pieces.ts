/** Does one piece of a long work when its turn has come. */
export type InTurn = <T>(piece: () => T | Promise<T>) => Promise<T>;

/** Lets everything else that waits in this process through first. */
export const afterOthers: InTurn = async (piece) => {
  await new Promise((resolve) => setImmediate(resolve));
  return piece();
};

/**
 * Works through `length` items a piece at a time and lets other work through in between: a loop over a large bank would
 * hold up every frame of every other bank.
 */
export async function inPieces(
  length: number,
  piece: number,
  work: (from: number, to: number) => void,
  inTurn: InTurn = afterOthers,
): Promise<void> {
  for (let from = 0; from < length; from += piece) await inTurn(() => work(from, Math.min(length, from + piece)));
}
