import { appendFile, open, readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { firstSentence, GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";

/** Who asks for a change. */
export interface Actor {
  /** A user's name, or the node's that the message went through. */
  by: string;
  /** The message's id. */
  message?: string | undefined;
}

const version = z.int().positive().nullable();
const auditEntry = z.object({
  /** ISO 8601. */
  time: z.string(),
  action: z.string(),
  by: z.string(),
  message: z.string().optional(),
  /** SHA-256 of the frame's bytes. */
  frame: z.string().optional(),
  /** The version in use before and after. */
  before: version,
  after: version,
  note: z.string().optional(),
});
export type AuditEntry = z.output<typeof auditEntry>;

/** What is written of a change; the store adds when, and the versions. */
export type Noted = Pick<AuditEntry, "action" | "frame" | "note">;

/**
 * What was done to a bank, one JSON object a line, oldest first. An entry is on disk before the change takes effect: a
 * crash in between leaves an entry whose version the next one does not start from, never a change that nobody noted.
 */
export class AuditLog {
  constructor(private readonly path: string) {}

  /** @throws {GoldenSampleError} BAD_BANK where it cannot be written: no change goes unnoted */
  async append(entry: AuditEntry): Promise<void> {
    try {
      // A line that a crash cut off must not swallow the next one.
      const line = `${(await this.endsMidLine()) ? "\n" : ""}${JSON.stringify(entry)}\n`;
      const file = await open(this.path, "a", 0o600);
      try {
        await appendFile(file, line);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (thrown) {
      throw new GoldenSampleError(
        "BAD_BANK",
        sentence`[auditUnwritable] The change could not be noted in ${{ file: this.path }} (${{ why: firstSentence(thrown) }}) and was not made: check the folder's rights and free space.`,
        { cause: thrown },
      );
    }
  }

  /** The last `limit` entries, newest last; lines that cannot be read are passed over. */
  async read(limit: number): Promise<AuditEntry[]> {
    const text = await readFile(this.path, "utf8").catch(() => "");
    return text.split("\n").flatMap(parse).slice(-limit);
  }

  private async endsMidLine(): Promise<boolean> {
    const { size } = await stat(this.path).catch(() => ({ size: 0 }));
    if (size === 0) return false;
    const file = await open(this.path, "r");
    try {
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
      return buffer[0] !== 0x0a;
    } finally {
      await file.close();
    }
  }
}

function parse(line: string): AuditEntry[] {
  try {
    const { data } = auditEntry.safeParse(JSON.parse(line));
    return data ? [data] : [];
  } catch {
    return [];
  }
}
