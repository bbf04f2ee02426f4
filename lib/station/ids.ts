/** The largest DINT; after it comes 1 again. */
const LAST_ID = 2 ** 31 - 1;
/** Numbers that are on the disk as used before they are; after a crash the next one is so much larger at most. */
const AHEAD = 4;

export const idAfter = (id: number, steps = 1): number => ((id - 1 + steps) % LAST_ID) + 1;

/** What is kept as the next number, so that those before it may be given away at once. */
export const reservedFrom = (nextId: number): number => idAfter(nextId, AHEAD);

/** Whether a crash now would leave no number to be given twice. @param kept as the next number */
export const isReserved = (nextId: number, kept: number): boolean => (kept - nextId + LAST_ID) % LAST_ID <= AHEAD;
