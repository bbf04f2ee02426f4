/** What decides which native binaries fit. */
export interface Machine {
  platform: string;
  arch: string;
  /** The C library of Linux. */
  libc?: "glibc" | "musl";
  /** Of glibc, such as `2.36`. */
  libcVersion?: string;
}

let known: Machine | undefined;

/** The machine this process runs on. */
export function thisMachine(): Machine {
  known ??= { platform: process.platform, arch: process.arch, ...libcOf() };
  return known;
}

/** Node's own report names the glibc it runs on, and none on musl. */
function libcOf(): Pick<Machine, "libc" | "libcVersion"> {
  if (process.platform !== "linux") return {};
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  // Without this it looks up the names of all open connections.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const version = header?.glibcVersionRuntime;
  return version === undefined ? { libc: "musl" } : { libc: "glibc", libcVersion: version };
}
