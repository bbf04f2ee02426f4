import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Section } from "./section";

const PACKAGES = ["onnxruntime-node", "onnxruntime-web", "sharp"] as const;

/** Versions of everything that computes. Nothing is loaded for it: what is broken would end this process. */
export async function versions(): Promise<Section> {
  const data = {
    package: versionIn(join(__dirname, "..", "..", "..")) ?? "unknown",
    node: process.versions.node,
    ...Object.fromEntries(PACKAGES.map((name) => [name, installed(name) ?? null])),
  };
  const rows = Object.entries(data).map(([label, text]) => ({ label, text: text ?? "not installed" }));
  return { name: "versions", title: "Versions", rows, data, advice: [] };
}

function installed(name: string): string | undefined {
  const folders = require.resolve.paths(name) ?? [];
  const found = folders.map((folder) => join(folder, name)).find((folder) => existsSync(join(folder, "package.json")));
  return found === undefined ? undefined : versionIn(found);
}

function versionIn(folder: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version?: string };
    return version;
  } catch {
    return undefined;
  }
}
