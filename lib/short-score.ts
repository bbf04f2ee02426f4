/** A score or threshold as sentences name it. */
export const shortScore = (score: number, digits = 3): string => score.toPrecision(digits);
