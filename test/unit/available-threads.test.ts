import assert from "node:assert/strict";
import { availableThreads } from "../../lib/runtime/available-threads";

/** A machine of 16 cores with these files. */
const threads = (files: Record<string, string>, cores = 16) =>
  availableThreads({ read: (path) => files[path], cores: () => cores });

describe("available threads", () => {
  it("are the cores where nothing bounds them", () => {
    assert.equal(threads({}), 16);
    assert.equal(threads({ "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "max 100000\n" }), 16);
  });

  it("follow a container's quota in version 2", () => {
    assert.equal(threads({ "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "200000 100000\n" }), 2);
  });

  it("follow the tightest group on the way up", () => {
    const files = {
      "/proc/self/cgroup": "0::/system.slice/node-red.service\n",
      "/sys/fs/cgroup/system.slice/node-red.service/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/system.slice/cpu.max": "300000 100000\n",
      "/sys/fs/cgroup/cpu.max": "800000 100000\n",
    };
    assert.equal(threads(files), 3);
  });

  it("follow version 1, also where the path is the host's", () => {
    const files = {
      "/proc/self/cgroup": "5:memory:/docker/1f\n4:cpu,cpuacct:/docker/1f\n0::/docker/1f\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "400000\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
    };
    assert.equal(threads(files), 4);
    assert.equal(threads({ ...files, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n" }), 16);
  });

  it("are never more than the cores, never none, and halves are rounded up", () => {
    const quota = (limit: number) => ({ "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": `${limit} 100000\n` });
    assert.equal(threads(quota(800_000), 4), 4);
    assert.equal(threads(quota(10_000)), 1);
    assert.equal(threads(quota(150_000)), 2);
    assert.equal(threads(quota(140_000)), 1);
  });

  it("can be counted on this machine", () => {
    assert.ok(Number.isSafeInteger(availableThreads()) && availableThreads() >= 1);
  });
});
