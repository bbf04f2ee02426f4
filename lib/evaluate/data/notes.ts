/** More names than these are counted. */
const NAMED = 3;

/** A number with its noun: "1 mask", "2 masks". */
export const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** A path's last parts, enough to tell a data set's files apart: "test/bent/003.png". */
export const shortPath = (path: string) => path.split(/[\\/]/).slice(-3).join("/");

/** The first few paths, shortened, and how many more there are. */
export function nameSome(paths: readonly string[]): string {
  const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : "";
  return paths.slice(0, NAMED).map(shortPath).join(", ") + more;
}
