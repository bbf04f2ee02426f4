/** Where a command's results go: JSON lines for programs or text for people, on stdout; progress on a terminal's stderr. */
export interface Output {
  record(json: object, text: string): void;
  progress(what: string): (progress: { done: number; total: number }) => void;
  /** One line that the next one takes the place of, on a terminal only. */
  status(text: string): void;
  /** What the user should know besides the results, on stderr. */
  note(text: string): void;
}

export function createOutput(json: boolean): Output {
  const terminal = process.stderr.isTTY;
  const clear = () => terminal && process.stderr.write("\r\x1b[K");
  const status = (text: string) => {
    if (!terminal) return;
    clear();
    // A line that wraps could not be taken back.
    process.stderr.write(text.slice(0, (process.stderr.columns ?? 80) - 1));
  };
  return {
    status,
    note(text) {
      clear();
      process.stderr.write(`golden-sample: ${text}\n`);
    },
    record(object, text) {
      clear();
      process.stdout.write(`${json ? JSON.stringify(object) : text}\n`);
    },
    progress: (what) => (progress) => {
      status(progress.done < progress.total ? `${what} ${progress.done}/${progress.total}` : "");
    },
  };
}
