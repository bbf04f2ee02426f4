import { UsageError } from "../usage";

const SYSTEMS = ["linux", "win32", "darwin"] as const;
const LIBRARIES = ["glibc", "musl"] as const;

/** The kind of machine that a bundle is for, in npm's words. */
export interface Target {
  os: (typeof SYSTEMS)[number];
  cpu: string;
  /** Of Linux only. */
  libc?: (typeof LIBRARIES)[number];
}

/** What a bundle is made for where nothing is said: a machine like this one. */
function thisTarget(): Target {
  const os = SYSTEMS.find((name) => name === process.platform) ?? "linux";
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return {
    os,
    cpu: process.arch,
    ...(os === "linux" && { libc: report?.header?.glibcVersionRuntime === undefined ? "musl" : "glibc" }),
  };
}

/** @throws {UsageError} where the options name no machine that Node.js runs on */
export function readTarget(
  { os, cpu, libc }: { os?: string | undefined; cpu?: string | undefined; libc?: string | undefined },
  own: Target = thisTarget(),
): Target {
  const system = os === undefined ? own.os : SYSTEMS.find((name) => name === os);
  if (system === undefined) throw new UsageError(`--os takes ${SYSTEMS.join(", ")}, not "${os}".`);
  const processor = cpu ?? own.cpu;
  if (!/^[a-z0-9]+$/.test(processor))
    throw new UsageError(`--cpu takes a processor such as x64, arm64 or arm, not "${processor}".`);
  if (system !== "linux") {
    if (libc !== undefined) throw new UsageError("--libc goes with --os linux.");
    return { os: system, cpu: processor };
  }
  const library = libc === undefined ? (own.libc ?? "glibc") : LIBRARIES.find((name) => name === libc);
  if (library === undefined) throw new UsageError(`--libc takes ${LIBRARIES.join(" or ")}, not "${libc}".`);
  return { os: system, cpu: processor, libc: library };
}

export const nameTarget = ({ os, cpu, libc }: Target) => [os, cpu, libc].filter(Boolean).join("-");
