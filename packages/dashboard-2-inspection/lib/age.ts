/** Milliseconds on a clock that nobody sets: a panel whose time is put back would show an old verdict as a new one. */
export const now = (): number => performance.now();

/**
 * When a part was inspected that was there before this page, on that clock.
 * @param time of the part, by the server's clock
 * @param wall what this page's machine takes for the time; where that is behind the server's, the part is as old as the page
 */
export function heardAt(time: number, wall = Date.now()): number {
  return now() - Math.max(0, wall - time);
}
