import { readdirSync } from "node:fs";
import type { BackboneSpec } from "../../backbone/backbone";
import { GoldenSampleError } from "../../errors";
import { NATIVE_MODULE } from "../../runtime/onnxruntime";
import type { Device, InferenceRuntime } from "../../runtime/types";
import { type Sentence, sentence, together } from "../../sentence";
import { probe, type Verdict } from "./probe";

/**
 * Fastest first. TensorRT comes behind CUDA: it would be faster, but compiles every model anew for minutes at each
 * start and for each image size, since onnxruntime-node cannot keep what it compiled.
 */
const ORDER: readonly Device[] = ["cuda", "tensorrt", "directml", "coreml", "webgpu"];
/** Milliseconds that a self-test may take: frames wait meanwhile. Who chose a device waits longer. */
const LIMIT = { auto: 60_000, chosen: 300_000 } as const;

/** What Linux shows of an NVIDIA GPU: its driver's own, Windows' GPU in WSL, Jetson's. */
const NVIDIA = /^(nvidia\d+|dxg|nvhost-gpu|nvgpu)$/;
const EMBEDDED = /^(mali\d*|kgsl-3d0)$/;

/** A device that was passed over; the reason is a sentence. */
export interface PassedOver {
  device: Device;
  reason: Sentence;
  /** Nothing is wrong: there is no such device, or none worth using. */
  absent: boolean;
}

/** Where a backbone is to run. */
export interface Place {
  device: Device;
  figures?: Extract<Verdict, { passed: true }>["figures"];
  passedOver: PassedOver[];
  /** Why it is not something better that is there, or was hoped for; absent devices are no reason. */
  reason?: Sentence;
}

export interface DeviceSelectionOptions {
  /** Why the runtime is the portable one. */
  runtimeReason?: Sentence | undefined;
  /** What earlier processes found out, and who is to be told of more. */
  known?: Readonly<Record<string, Verdict>> | undefined;
  onVerdict?: (key: string, verdict: Verdict) => void;
}

/** Decides on which device a backbone runs, and remembers what the self-tests said. */
export class DeviceSelection {
  private readonly verdicts = new Map<string, Promise<Verdict>>();

  constructor(
    private readonly runtime: InferenceRuntime,
    private readonly options: DeviceSelectionOptions = {},
  ) {
    for (const [key, verdict] of Object.entries(options.known ?? {})) this.verdicts.set(key, Promise.resolve(verdict));
  }

  /**
   * `auto`: the first device, fastest first, that computes what the CPU computes and is faster than it; else the CPU.
   * @param spec with the model's path; `remote` and `cpu` stay as they are
   * @throws {GoldenSampleError} DEVICE_UNAVAILABLE where a device was chosen that does not pass its self-test
   */
  async place(spec: BackboneSpec): Promise<Place> {
    const place = await this.choose(spec);
    const passedOver = place.passedOver.map(({ absent, reason }) => (absent ? undefined : reason));
    const reasons = [this.options.runtimeReason, ...passedOver].filter((reason) => reason !== undefined);
    const [first, ...more] = reasons;
    return first ? { ...place, reason: together(first, ...more) } : place;
  }

  private async choose(spec: BackboneSpec): Promise<Place> {
    const { device } = spec;
    if (device === "cpu" || device === "remote") return { device, passedOver: [] };
    if (device !== "auto") {
      this.mustBeReported(device);
      const verdict = await this.verdict(spec, LIMIT.chosen);
      if (verdict.passed) return { device, figures: verdict.figures, passedOver: [] };
      throw new GoldenSampleError("DEVICE_UNAVAILABLE", verdict.reason);
    }
    const passedOver: PassedOver[] = [];
    for (const candidate of ORDER.filter((name) => this.runtime.devices.includes(name))) {
      const absence = absenceOf(candidate);
      if (absence !== undefined) {
        passedOver.push({ device: candidate, reason: absence, absent: true });
        continue;
      }
      const verdict = await this.verdict({ ...spec, device: candidate }, LIMIT.auto);
      const slow = verdict.passed && verdict.figures.milliseconds >= verdict.figures.cpuMilliseconds;
      if (verdict.passed && !slow) return { device: candidate, figures: verdict.figures, passedOver };
      passedOver.push({
        device: candidate,
        reason: verdict.passed ? slower(candidate, verdict.figures) : verdict.reason,
        absent: slow || isUnknown(verdict),
      });
    }
    return { device: "cpu", passedOver };
  }

  /** Tests every device that the runtime reports, though one of them may do. */
  async examine(spec: BackboneSpec): Promise<{ device: Device; verdict: Verdict; absent: boolean }[]> {
    const found = [];
    for (const device of ORDER.filter((name) => this.runtime.devices.includes(name))) {
      const absence = absenceOf(device);
      const verdict: Verdict =
        absence === undefined
          ? await this.verdict({ ...spec, device }, LIMIT.auto)
          : { passed: false, reason: absence, code: "DEVICE_UNAVAILABLE" };
      found.push({ device, verdict, absent: absence !== undefined });
    }
    return found;
  }

  private mustBeReported(device: Device): void {
    if (this.runtime.devices.includes(device)) return;
    const said = sentence`[deviceNotAvailable] The device "${{ device }}" is not available on ${{ platform: process.platform }}-${{ architecture: process.arch }}: choose "auto" or "cpu".`;
    const { runtimeReason = sentence`[portableOnlyCpu] The portable runtime has only the CPU.` } = this.options;
    throw new GoldenSampleError(
      "DEVICE_UNAVAILABLE",
      this.runtime.name === "portable" ? together(said, runtimeReason) : said,
    );
  }

  private verdict(spec: BackboneSpec, limit: number): Promise<Verdict> {
    const key = JSON.stringify([spec.device, spec.deviceIndex, spec.model, spec.description]);
    const known = this.verdicts.get(key);
    if (known) return known;
    const verdict = probe(spec, limit);
    this.verdicts.set(key, verdict);
    void verdict.then((found) => {
      // A model that is not there, or is none, says nothing of the device.
      if (!found.passed && found.code !== "DEVICE_UNAVAILABLE") this.verdicts.delete(key);
      else this.options.onVerdict?.(key, found);
    });
    return verdict;
  }
}

/** Where nothing shows whether there is a GPU, a provider that does not start is no news. */
function isUnknown(verdict: Verdict): boolean {
  return process.platform !== "linux" && !verdict.passed && verdict.reason.key === "deviceNotStarted";
}

function slower(device: Device, figures: { milliseconds: number; cpuMilliseconds: number }): Sentence {
  const [own, cpu] = [figures.milliseconds.toFixed(0), figures.cpuMilliseconds.toFixed(0)];
  return sentence`[deviceSlower] The device "${{ device }}" works but takes ${{ own }} ms where the CPU takes ${{ cpu }} ms, as a software renderer does: the CPU is used.`;
}

/**
 * Why a device cannot be there, if that is plain without trying: on Linux no driver shows a GPU that it could use. A
 * self-test would find the same, a second later, on every machine without a GPU.
 */
function absenceOf(device: Device): Sentence | undefined {
  // A library that we do not know has needs of its own.
  if (process.platform !== "linux" || process.env[NATIVE_MODULE]) return undefined;
  const files = list("/dev");
  if (files.some((name) => NVIDIA.test(name))) return undefined;
  if (device === "cuda" || device === "tensorrt")
    return sentence`[noNvidia] No NVIDIA GPU is visible here (no /dev/nvidia0): install its driver; in a container, pass it in (--gpus all).`;
  // A software renderer that somebody set up is theirs to try.
  if (process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES) return undefined;
  if (files.some((name) => EMBEDDED.test(name)) || list("/dev/dri").some((name) => /^renderD\d+$/.test(name)))
    return undefined;
  return sentence`[noGpu] No GPU is visible here (no render node in /dev/dri): install its driver; in a container, pass it in (--device /dev/dri).`;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
