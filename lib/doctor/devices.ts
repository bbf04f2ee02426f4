import type { DeviceReport } from "../engine/loaded/backbones";
import type { Patient, Section } from "./section";

/** The self-test of every device that the runtime reports, with the backbone asked for. */
export async function devices({ engine, backbone }: Patient): Promise<Section> {
  if (backbone.device === "remote") {
    const { id, runtime } = await engine.call("describe", { backbone });
    const rows = [{ label: runtime.device, text: `${id} answers` }];
    return {
      name: "devices",
      title: "Devices",
      rows,
      data: [{ device: "remote", passed: true, chosen: true }],
      advice: [],
    };
  }
  const { devices: found } = await engine.call("devices", { backbone });
  const cpu = found.find(({ device }) => device === "cpu")?.milliseconds ?? 0;
  const rows = found.map((report) => ({
    label: report.chosen ? `* ${report.device}` : `  ${report.device}`,
    text: describe(report, cpu),
  }));
  const advice = [...new Set(found.flatMap((report) => advise(report) ?? []))];
  return { name: "devices", title: `Devices, with the backbone ${backbone.model}`, rows, data: found, advice };
}

function describe({ passed, reason, absent, milliseconds, cosine, chosen }: DeviceReport, cpu: number): string {
  if (absent) return "not there";
  if (!passed) return reason ?? "failed";
  const figures = [`${milliseconds?.toFixed(1)} ms an inference`];
  if (cosine !== undefined && cosine !== 1) figures.push(`cosine to the CPU's tokens ${cosine.toFixed(5)}`);
  if (!chosen && milliseconds !== undefined && milliseconds >= cpu) figures.push("slower than the CPU");
  if (chosen) figures.push("taken by auto");
  return figures.join(", ");
}

/** What to install, where the failure is one that an installation mends. */
function advise({ device, passed, absent, reason = "" }: DeviceReport): string | undefined {
  if (passed || absent) return undefined;
  if ((device === "cuda" || device === "tensorrt") && /shared library|libonnxruntime_providers/i.test(reason))
    return "CUDA's provider is not installed: run ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node in Node-RED's user directory; it needs CUDA 12 and cuDNN 9.";
  if (device === "webgpu" && /adapter|vulkan/i.test(reason))
    return "WebGPU found no Vulkan driver: install the GPU's own, or apt-get install libvulkan1 mesa-vulkan-drivers on Debian.";
  return undefined;
}
