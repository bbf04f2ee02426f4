import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { explainCrash, explainLoadFailure, failureSentence } from "../../lib/runtime/load-failure";
import type { Machine } from "../../lib/runtime/machine";

const DEBIAN: Machine = { platform: "linux", arch: "x64", libc: "glibc", libcVersion: "2.36" };
const failure = (message: string, code = "ERR_DLOPEN_FAILED") => Object.assign(new Error(message), { code });
const BINARY = "/data/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node";

describe("why the native runtime does not load", () => {
  const cases: [string, Error, Machine, RegExp, RegExp][] = [
    [
      "Alpine",
      failure("Error loading shared library ld-linux-x86-64.so.2: No such file or directory"),
      { platform: "linux", arch: "x64", libc: "musl" },
      /Alpine Linux \(musl\)/,
      /Debian-based image/,
    ],
    [
      "32-bit ARM",
      failure(`Cannot find module '../bin/napi-v6/linux/arm/onnxruntime_binding.node'`, "MODULE_NOT_FOUND"),
      { platform: "linux", arch: "arm", libc: "glibc" },
      /32-bit ARM/,
      /64-bit system/,
    ],
    [
      "an Intel Mac",
      failure(`Cannot find module '../bin/napi-v6/darwin/x64/onnxruntime_binding.node'`, "MODULE_NOT_FOUND"),
      { platform: "darwin", arch: "x64" },
      /Intel Macs/,
      /Apple silicon/,
    ],
    ["another system", failure("no"), { platform: "freebsd", arch: "x64" }, /freebsd-x64/, /inference server/],
    [
      "Windows without its redistributable",
      failure("The specified module could not be found.\n\\\\?\\C:\\node-red\\onnxruntime_binding.node"),
      { platform: "win32", arch: "x64" },
      /specified module could not be found/,
      /Visual C\+\+ Redistributable/,
    ],
    [
      "an old glibc",
      failure(`/lib/x86_64-linux-gnu/libc.so.6: version \`GLIBC_2.28' not found (required by libonnxruntime.so.1)`),
      { ...DEBIAN, libcVersion: "2.24" },
      /GLIBC_2\.28; glibc here is 2\.24/,
      /glibc 2\.28 or newer/,
    ],
    [
      "a package that is not there",
      failure("Cannot find module 'onnxruntime-node'", "MODULE_NOT_FOUND"),
      DEBIAN,
      /not installed/,
      /npm install/,
    ],
    [
      "a binary of another kind",
      failure(`${BINARY}: invalid ELF header`),
      DEBIAN,
      /another kind of machine/,
      /--force/,
    ],
    [
      "a binary for another processor",
      failure(`${BINARY}: cannot open shared object file: No such file or directory`),
      DEBIAN,
      /another kind of machine/,
      /--force/,
    ],
    [
      "a library of its own that is missing",
      failure("libonnxruntime.so.1: cannot open shared object file: No such file"),
      DEBIAN,
      /libonnxruntime\.so\.1 is missing/,
      /--force/,
    ],
    [
      "a library of the system",
      failure("libstdc++.so.6: cannot open shared object file: No such file"),
      DEBIAN,
      /libstdc\+\+\.so\.6/,
      /install it/,
    ],
    [
      "a disk without the right to run",
      failure(`${BINARY}: failed to map segment from shared object`),
      DEBIAN,
      /noexec/,
      /mount it/,
    ],
    ["anything else", new Error("out of cheese\n    at line 3"), DEBIAN, /out of cheese\)$/, /--force/],
  ];
  for (const [what, thrown, machine, problem, remedy] of cases) {
    it(`is said of ${what}`, () => {
      const found = explainLoadFailure(thrown, machine);
      assert.match(found.problem.text, problem);
      assert.match(found.remedy.text, remedy);
      assert.ok(!failureSentence(found).text.includes("\n"));
    });
  }

  it("is said of a processor that lacks instructions, on each system", () => {
    for (const how of ["ended by SIGILL", "exit code 132", "exit code 3221225501"])
      assert.match(explainCrash(how).problem.text, /instructions that this processor does not have/);
    assert.doesNotMatch(explainCrash("ended by SIGSEGV").problem.text, /instructions/);
  });
});
