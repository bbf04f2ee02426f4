import { readFileSync } from "node:fs";

/** Reads a file's text; undefined where there is none. Tests put in their own. */
export type ReadText = (path: string) => string | undefined;

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The folders of this process's control group and of those above it, for one controller. */
export interface ControlGroups {
  version2: string[];
  version1: string[];
}

/** Where the limits on a controller ("cpu", "memory") lie; none where the system has no control groups. */
export function controlGroups(controller: string, read: ReadText): ControlGroups {
  const groups = (read("/proc/self/cgroup") ?? "").split("\n").map((line) => line.split(":"));
  const found: ControlGroups = { version2: [], version1: [] };
  for (const [, controllers = "", ...path] of groups) {
    const ancestors = ancestorsOf(path.join(":"));
    if (controllers === "") found.version2.push(...ancestors.map((group) => `/sys/fs/cgroup${group}`));
    else if (controllers.split(",").includes(controller))
      found.version1.push(...ancestors.map((group) => `/sys/fs/cgroup/${controllers}${group}`));
  }
  return found;
}

/** In a container the path is often the host's, which is not there: its root then is the container's own group. */
function ancestorsOf(path: string): string[] {
  const names = path.split("/").filter((name) => name !== "" && name !== "..");
  return names.map((_, i) => `/${names.slice(0, i + 1).join("/")}`).concat("");
}
