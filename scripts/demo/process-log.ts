import type { Readable } from "node:stream";

const KEPT_LINES = 400;

/** What a process prints, line by line: its end is kept, and lines can be waited for. */
export class ProcessLog {
  readonly #lines: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();

  /** Reads along; the stream's text is UTF-8. */
  follow(stream: Readable): void {
    let rest = "";
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#add(line);
    });
  }

  /** The last lines, as one text. */
  text(): string {
    return this.#lines.join("\n");
  }

  /** The next line that matches. Aborting ends the waiting with the signal's reason. */
  next(pattern: RegExp, signal: AbortSignal): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#listeners.delete(listener);
        signal.removeEventListener("abort", abort);
      };
      const abort = (): void => {
        end();
        reject(signal.reason);
      };
      const listener = (line: string): void => {
        const match = pattern.exec(line);
        if (!match) return;
        end();
        resolve(match);
      };
      if (signal.aborted) return reject(signal.reason);
      this.#listeners.add(listener);
      signal.addEventListener("abort", abort);
    });
  }

  #add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    for (const listener of [...this.#listeners]) listener(line);
  }
}
