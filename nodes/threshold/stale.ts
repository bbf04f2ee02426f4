import type { Lifetime } from "../shared/lifetime";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Tells how old the last verdict is, once it is older than it should be: a status that still shows it would look like
 * one of a line that is inspected.
 * @param after milliseconds, counted from now until there is a verdict; 0: never
 * @param show gets the age in whole units, and again as it grows
 * @returns to be called with every verdict
 */
export function watchAge(after: number, life: Lifetime, show: (age: string) => void): () => void {
  let since = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const next = (wait: number) => {
    clearTimeout(timer);
    timer = setTimeout(look, wait);
    timer.unref();
  };
  const look = () => {
    if (life.closed) return;
    const age = performance.now() - since;
    // Timers may be early by a fraction of a millisecond.
    if (age + 1 < after) return next(after - age);
    const { unit, name } = unitOf(age);
    show(`${Math.floor((age + 1) / unit)} ${name}`);
    // Of seconds not each one: a status goes to every open editor.
    next(unit === SECOND ? 10 * SECOND : unit);
  };
  life.hold(() => clearTimeout(timer));
  if (after > 0) next(after);
  return () => {
    since = performance.now();
    if (after > 0 && !life.closed) next(after);
  };
}

function unitOf(age: number): { unit: number; name: string } {
  if (age < 2 * MINUTE) return { unit: SECOND, name: "s" };
  if (age < 2 * HOUR) return { unit: MINUTE, name: "min" };
  return age < 2 * DAY ? { unit: HOUR, name: "h" } : { unit: DAY, name: "d" };
}
