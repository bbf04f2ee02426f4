import { readdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { resolve, win32 } from "node:path";

/** A part of a path, as it stands in a sentence. */
const PART = String.raw`[^\s"'<>|:;,()\\/]+`;
/** What a path in a text does not follow on: it would be an address, or the middle of something. */
const START = String.raw`(?<![\w.:/~-])`;

/**
 * An answer without the folders of this machine, in whatever text of it they stand: under the user directory a path
 * starts there, of any other the last part is left. Whoever may look into the editor need not learn how the machine is
 * set up. Names that only look like paths (an ONNX tensor's "/layer/Add") stay.
 * @param value plain data
 */
export function hidePaths<T>(value: T, userDirectory: string): T {
  const roots = [userDirectory, tmpdir(), homedir(), process.cwd()].map((root) => resolve(root));
  // The longest first: the user directory lies in the user's home.
  const known = roots.filter((root) => root !== "/").sort((a, b) => b.length - a.length);
  const inKnown = new RegExp(`${START}(?:${known.map(escaped).join("|")})[\\\\/]`, "g");
  const whole = wholePath();
  return hidden(value, (text) => text.replace(inKnown, "").replace(whole, (path) => win32.basename(path))) as T;
}

function hidden(value: unknown, hide: (text: string) => string): unknown {
  if (typeof value === "string") return hide(value);
  if (Array.isArray(value)) return value.map((item) => hidden(item, hide));
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hidden(item, hide)]));
}

/** A path that begins with a folder that there is; on Windows with a drive or a server. */
function wholePath(): RegExp {
  const drive = String.raw`(?:[A-Za-z]:|\\\\${PART})(?:[\\/]${PART})+`;
  const posix = `/(?:${topFolders().map(escaped).join("|")})(?:/${PART})+`;
  return new RegExp(`${START}(?:${process.platform === "win32" ? drive : posix})`, "g");
}

function topFolders(): string[] {
  try {
    return readdirSync("/");
  } catch {
    return [];
  }
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
