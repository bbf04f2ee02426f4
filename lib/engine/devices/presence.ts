import { readdirSync } from "node:fs";
import { NATIVE_MODULE } from "../../runtime/onnxruntime";

/** What Linux shows of a GPU: render nodes, NVIDIA's own, Windows' GPU in WSL, embedded ones. */
const GPU_FILES: readonly [folder: string, file: RegExp][] = [
  ["/dev/dri", /^renderD\d+$/],
  ["/dev", /^(nvidia\d+|dxg|mali\d*|kgsl-3d0|nvhost-gpu|nvgpu)$/],
];

/**
 * Why there can be no GPU here, if that is plain without trying: on Linux no driver shows one. A probe would find the
 * same, a second later, on every machine without a GPU.
 */
export function gpuAbsence(): string | undefined {
  if (process.platform !== "linux") return undefined;
  // A software renderer that somebody set up, and a library that we do not know, are theirs to try.
  const { VK_ICD_FILENAMES, VK_DRIVER_FILES, [NATIVE_MODULE]: other } = process.env;
  if (VK_ICD_FILENAMES || VK_DRIVER_FILES || other) return undefined;
  if (GPU_FILES.some(([folder, file]) => list(folder).some((name) => file.test(name)))) return undefined;
  return "No GPU is visible here (no render node in /dev/dri, no /dev/nvidia0): install its driver; in a container, pass the GPU in (--gpus all, or --device /dev/dri).";
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
