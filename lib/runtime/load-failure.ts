import { firstSentence } from "../errors";
import { type Sentence, sentence } from "../sentence";
import { type Machine, thisMachine } from "./machine";

/** Why the native runtime is not there, and what would bring it, with the command where there is one; each half of a sentence. */
export interface LoadFailure {
  problem: Sentence;
  remedy: Sentence;
}

const INSTALL = "npm install --ignore-scripts onnxruntime-node";
const REINSTALL = "npm install --ignore-scripts --force onnxruntime-node";
/** What onnxruntime-node 1.30 has binaries for. */
const BUILT = ["linux-x64", "linux-arm64", "win32-x64", "win32-arm64", "darwin-arm64"];
/** The oldest glibc its Linux binaries ask for. */
const OLDEST_GLIBC = "2.28";

/**
 * Recognises why onnxruntime-node could not be loaded.
 * @param thrown by require
 */
export function explainLoadFailure(thrown: unknown, machine: Machine = thisMachine()): LoadFailure {
  return (
    unsupported(machine) ??
    recognised(thrown, machine) ??
    reinstall(sentence`[doesNotLoad] it does not load (${{ why: said(thrown) }})`)
  );
}

/**
 * Explains a native runtime that took its process down.
 * @param how signal or exit code, as the supervisor saw it
 */
export function explainCrash(how: string): LoadFailure {
  // SIGILL; on Windows STATUS_ILLEGAL_INSTRUCTION, in a shell 128 + 4.
  if (/SIGILL|\b(3221225501|132)\b/.test(how)) {
    return {
      problem: sentence`[noInstructions] onnxruntime-node uses instructions that this processor does not have (${{ how }})`,
      remedy: sentence`[newerProcessor] move to a newer processor, or keep the portable runtime`,
    };
  }
  return reinstall(sentence`[itsProcessStopped] its process stopped (${{ how }})`);
}

const BINARY_DAMAGED = sentence`[binaryDamaged] its binary is damaged or for another kind of machine`;

/** No binary was ever built for this kind of machine. */
function unsupported({ platform, arch, libc }: Machine): LoadFailure | undefined {
  if (libc === "musl") {
    return {
      problem: noBuildFor("Alpine Linux (musl)"),
      remedy: sentence`[debianImage] for full speed run Node-RED in a Debian-based image, such as nodered/node-red:latest-debian`,
    };
  }
  if (BUILT.includes(`${platform}-${arch}`)) return undefined;
  if (platform === "linux" && arch === "arm") {
    return {
      problem: noBuildFor("32-bit ARM"),
      remedy: sentence`[system64] for full speed install a 64-bit system on this board`,
    };
  }
  if (platform === "darwin") {
    return {
      problem: noBuildFor("Intel Macs"),
      remedy: sentence`[appleSilicon] for more speed run Node-RED on Apple silicon, or the backbone on an inference server (device "remote")`,
    };
  }
  return {
    problem: noBuildFor(`${platform}-${arch}`),
    remedy: sentence`[inferenceServer] for more speed run the backbone on an inference server (device "remote")`,
  };
}

function recognised(thrown: unknown, { platform, arch, libcVersion }: Machine): LoadFailure | undefined {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code;
  if (code === "MODULE_NOT_FOUND") {
    return /onnxruntime_binding/.test(message)
      ? reinstall(sentence`[binaryMissing] its binary is missing`)
      : {
          problem: sentence`[notInstalled] onnxruntime-node is not installed`,
          remedy: runInFolder(INSTALL),
        };
  }
  const symbols = /version [`'"]?(GLIBC(?:XX)?_[\d.]+|CXXABI_[\d.]+)/.exec(message)?.[1];
  if (symbols) {
    return {
      problem: libcVersion
        ? sentence`[newerGlibc] onnxruntime-node needs a newer system library than this Linux has (${{ library: symbols }}; glibc here is ${{ version: libcVersion }})`
        : sentence`[newerLibrary] onnxruntime-node needs a newer system library than this Linux has (${{ library: symbols }})`,
      remedy: sentence`[updateLinux] update to a Linux with glibc ${{ version: OLDEST_GLIBC }} or newer, such as Debian 12`,
    };
  }
  if (
    /wrong ELF class|invalid ELF header|incompatible architecture|not a valid Win32|Exec format|not a mach-o/i.test(
      message,
    )
  )
    return reinstall(BINARY_DAMAGED);
  if (/failed to map segment|operation not permitted/i.test(message)) {
    return {
      problem: sentence`[noexec] onnxruntime-node lies on a disk from which no code may run (mounted noexec)`,
      remedy: sentence`[mountExec] mount it with exec, or move Node-RED's user directory`,
    };
  }
  const library = /([\w.+-]+\.so[\w.]*): cannot open shared object file/.exec(message)?.[1];
  if (library?.startsWith("libonnxruntime"))
    return reinstall(sentence`[libraryMissing] its library ${{ library }} is missing`);
  // So says the linker of a binary for another processor.
  if (/onnxruntime_binding\.node: cannot open shared object file/.test(message)) return reinstall(BINARY_DAMAGED);
  if (library)
    return {
      problem: sentence`[systemLibrary] onnxruntime-node needs the system library ${{ library }}`,
      remedy: sentence`[installIt] install it`,
    };
  if (platform === "win32" && code === "ERR_DLOPEN_FAILED") {
    return {
      problem: sentence`[windowsLibrary] onnxruntime-node does not find a library of Windows (${{ why: said(thrown) }})`,
      remedy: sentence`[installRedistributable] install the Microsoft Visual C++ Redistributable (winget install Microsoft.VCRedist.2015+.${{ architecture: arch === "arm64" ? "arm64" : "x64" }})`,
    };
  }
  return undefined;
}

const said = (thrown: unknown) => firstSentence(thrown).replace(/[.:]$/, "");

function reinstall(why: Sentence): LoadFailure {
  return {
    problem: sentence`[nativeUnusable] onnxruntime-node cannot be used: ${{ why }}`,
    remedy: runInFolder(REINSTALL),
  };
}

const noBuildFor = (machine: string) => sentence`[noBuildFor] onnxruntime-node has no build for ${{ machine }}`;
const runInFolder = (command: string) => sentence`[runInFolder] run ${{ command }} in Node-RED's user directory`;

/** Both halves. */
export const failureSentence = ({ problem, remedy }: LoadFailure) =>
  sentence`[problemRemedy] ${{ problem }}: ${{ remedy }}.`;
