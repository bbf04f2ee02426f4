/** Where a command's results go: JSON lines for programs or text for people, on stdout; progress on a terminal's stderr. */
export interface Output {
  record(json: object, text: string): void;
  progress(what: string): (progress: { done: number; total: number }) => void;
}

export function createOutput(json: boolean): Output {
  const terminal = process.stderr.isTTY;
  const clear = () => terminal && process.stderr.write("\r\x1b[K");
  return {
    record(object, text) {
      clear();
      process.stdout.write(`${json ? JSON.stringify(object) : text}\n`);
    },
    progress: (what) => (progress) => {
      if (!terminal) return;
      clear();
      if (progress.done < progress.total) process.stderr.write(`${what} ${progress.done}/${progress.total}`);
    },
  };
}
