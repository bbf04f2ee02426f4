/** Where a command's results go: JSON lines for programs or text for people, on stdout; progress on a terminal's stderr. */
export interface Output {
  record(json: object, text: string): void;
  progress(what: string): (progress: { done: number; total: number }) => void;
  /** One line that the next one takes the place of, on a terminal only. */
  status(text: string): void;
  /** What the user should know besides the results, on stderr. */
  note(text: string): void;
}

/** The process' own, or what a caller puts in their place. */
export interface Streams {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown; isTTY?: boolean; columns?: number };
}

/** What other languages make a result's words from says nothing new here. */
const inEnglish = (key: string, value: unknown) => (key === "sentence" || key === "sentences" ? undefined : value);

export function createOutput(json: boolean, { stdout, stderr }: Streams): Output {
  const terminal = stderr.isTTY;
  const clear = () => terminal && stderr.write("\r\x1b[K");
  const status = (text: string) => {
    if (!terminal) return;
    clear();
    // A line that wraps could not be taken back.
    stderr.write(text.slice(0, (stderr.columns ?? 80) - 1));
  };
  return {
    status,
    note(text) {
      clear();
      stderr.write(`golden-sample: ${text}\n`);
    },
    record(object, text) {
      clear();
      stdout.write(`${json ? JSON.stringify(object, inEnglish) : text}\n`);
    },
    progress: (what) => (progress) => {
      status(progress.done < progress.total ? `${what} ${progress.done}/${progress.total}` : "");
    },
  };
}
