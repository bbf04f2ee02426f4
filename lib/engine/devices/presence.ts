import { readdirSync } from "node:fs";
import { NATIVE_MODULE } from "../../runtime/onnxruntime";
import type { Device } from "../../runtime/types";

/** What Linux shows of an NVIDIA GPU: its driver's own, Windows' GPU in WSL, Jetson's. */
const NVIDIA = /^(nvidia\d+|dxg|nvhost-gpu|nvgpu)$/;
const EMBEDDED = /^(mali\d*|kgsl-3d0)$/;

/**
 * Why a device cannot be there, if that is plain without trying: on Linux no driver shows a GPU that it could use. A
 * self-test would find the same, a second later, on every machine without a GPU.
 */
export function absenceOf(device: Device): string | undefined {
  // A library that we do not know has needs of its own.
  if (process.platform !== "linux" || process.env[NATIVE_MODULE]) return undefined;
  const files = list("/dev");
  if (files.some((name) => NVIDIA.test(name))) return undefined;
  if (device === "cuda" || device === "tensorrt")
    return "No NVIDIA GPU is visible here (no /dev/nvidia0): install its driver; in a container, pass it in (--gpus all).";
  // A software renderer that somebody set up is theirs to try.
  if (process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES) return undefined;
  if (files.some((name) => EMBEDDED.test(name)) || list("/dev/dri").some((name) => /^renderD\d+$/.test(name)))
    return undefined;
  return "No GPU is visible here (no render node in /dev/dri): install its driver; in a container, pass it in (--device /dev/dri).";
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
