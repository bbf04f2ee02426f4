import { cpus, release, totalmem } from "node:os";
import { availableThreads } from "../runtime/available-threads";
import { thisMachine } from "../runtime/machine";
import type { Section } from "./section";

/** What the programs run on. */
export async function machine(): Promise<Section> {
  const { platform, arch, libc, libcVersion } = thisMachine();
  const processor = cpus()[0]?.model.trim() || "unknown";
  const threads = availableThreads();
  const memory = Math.round(totalmem() / 2 ** 20);
  const data = {
    platform,
    arch,
    release: release(),
    libc: libc ?? null,
    libcVersion: libcVersion ?? null,
    processor,
    threads,
    memory,
  };
  const rows = [
    { label: "system", text: `${platform}-${arch} ${release()}` },
    ...(libc ? [{ label: "C library", text: libcVersion ? `${libc} ${libcVersion}` : libc }] : []),
    { label: "processor", text: `${processor}, ${threads} threads to use` },
    { label: "memory", text: `${memory} MiB` },
  ];
  return { name: "machine", title: "Machine", rows, data, advice: [] };
}
