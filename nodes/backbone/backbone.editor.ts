import { askRuntime, fromEnvironment, numberBetween, unfoldExperts, words } from "../shared/form.editor";
import { type Spoken, say } from "../shared/language";
import { modelChoice } from "./models.editor";

type Model = "lite" | "texture" | "named" | "file";
interface BackboneSettings {
  name: string;
  model: Model;
  file: string;
  modelName: string;
  mirror: string;
  fallback: boolean;
  resolution: number;
  fit: string;
  device: string;
  deviceIndex: number;
  runtime: string;
  memory: number | string;
  precision: string;
  endpoints: string;
  remoteModel: string;
  remoteVersion: string;
  ca: string;
  remoteTimeout: number;
  description: string;
}

const TYPE = "anomaly-backbone";
const RESOLUTION = { lite: 320, texture: 320, named: 448, file: 448 };

/** What the runtime found out about a backbone. */
interface CheckedBackbone {
  id: string;
  patchSize: number;
  dimension: number;
  resolution: number;
  device: string;
  sha256?: string;
  inputName: string;
  inputType: string;
  layout: string;
  size: { kind: string; height: number; width: number };
  outputs: { kind: string; name: string; leadingTokens: number; trailingTokens: number }[];
  milliseconds?: number;
  precision?: string;
  runtime: { name: string; reason?: string; sentence?: Spoken };
  fallback?: { wanted: string; reason: string; sentence?: Spoken };
}

let endModelChoice = () => {};

/** What was deduced, in words, and the size's own sentence where it leaves no choice. */
function describe(facts: CheckedBackbone): string {
  const outputs = facts.outputs.map((output) => {
    const dropped = output.kind === "tokens" ? output.leadingTokens + output.trailingTokens : 0;
    return words(TYPE, `check.${output.kind}`, { name: output.name, dropped });
  });
  const { height, width } = facts.size;
  const size = facts.size.kind === "fixed" ? [words(TYPE, "check.fixed", { height, width })] : [];
  const input = words(TYPE, "check.input", { name: facts.inputName, type: facts.inputType, layout: facts.layout });
  const more = [
    facts.milliseconds === undefined
      ? ""
      : words(TYPE, "check.speed", { milliseconds: Math.round(facts.milliseconds) }),
    facts.precision ?? "",
    facts.runtime.name === "portable" ? words(TYPE, "check.portable") : "",
    say(RED, facts.runtime.sentence ?? facts.runtime.reason ?? ""),
    facts.fallback
      ? words(TYPE, "check.fallback", {
          wanted: facts.fallback.wanted,
          reason: say(RED, facts.fallback.sentence ?? facts.fallback.reason),
        })
      : "",
  ];
  return [model(facts), input, outputs.join(" + "), ...size, ...more.filter(Boolean)].join("; ");
}

function model(facts: CheckedBackbone): string {
  return words(TYPE, "check.facts", {
    id: facts.id,
    patch: facts.patchSize,
    dimension: facts.dimension,
    resolution: facts.resolution,
    device: facts.device,
    sha256: String(facts.sha256).slice(0, 12),
  });
}

// While the dialog is open, what is chosen there counts.
const isRemote = (node: { device: string }) => ($("#node-config-input-device").val() ?? node.device) === "remote";

/** Nothing and 0 stand for no budget; the least is that of lib/runtime/memory-plan.ts. */
function enoughMemory(value: unknown, _options?: object): boolean | string {
  if (["", "0"].includes(String(value ?? "").trim()) || fromEnvironment(value)) return true;
  return (Number.isInteger(Number(value)) && Number(value) >= 200) || words(TYPE, "reason.memory");
}

const isAddress = (text: string) => /^https?:\/\/[^\s/@?#]+(\/[^\s?#]*)?$/.test(text) || fromEnvironment(text);
function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

RED.nodes.registerType<BackboneSettings>("anomaly-backbone", {
  category: "config",
  defaults: {
    name: { value: "" },
    model: { value: "lite" },
    file: {
      value: "",
      validate: function (value, _options) {
        // While the dialog is open, what is chosen there counts.
        const model = $("#node-config-input-model").val() ?? this.model;
        return isRemote(this) || model !== "file" || String(value || "").trim() !== "" || words(TYPE, "reason.file");
      },
    },
    modelName: { value: "dinov2-small" },
    mirror: { value: "" },
    fallback: { value: false },
    resolution: { value: 320, validate: numberBetween(TYPE, 14, 4096, true) },
    // Nothing, as in flows from before there was this setting: as each bank was built.
    fit: { value: "all" },
    device: { value: "auto" },
    deviceIndex: { value: 0, validate: numberBetween(TYPE, 0, 63, true) },
    runtime: { value: "auto" },
    memory: { value: "", validate: enoughMemory },
    precision: { value: "" },
    endpoints: {
      value: "",
      validate: function (value, _options) {
        const addresses = String(value || "")
          .split(/[\s,]+/)
          .filter(Boolean);
        const usable = addresses.length > 0 && addresses.every(isAddress);
        return !isRemote(this) || usable || words(TYPE, "reason.endpoints");
      },
    },
    remoteModel: {
      value: "",
      validate: function (value, _options) {
        return !isRemote(this) || String(value || "").trim() !== "" || words(TYPE, "reason.remoteModel");
      },
    },
    remoteVersion: { value: "" },
    ca: { value: "" },
    remoteTimeout: {
      value: 30000,
      validate: function (value, _options) {
        return !isRemote(this) || numberBetween(TYPE, 1, 600000, true)(value, {});
      },
    },
    description: {
      value: "",
      validate: (value, _options) => {
        const text = String(value || "").trim();
        return text === "" || fromEnvironment(text) || isObject(text) || words(TYPE, "reason.description");
      },
    },
  },
  credentials: { token: { type: "password" } },
  icon: "golden-sample-backbone.svg",
  paletteLabel: () => words(TYPE, "node.name"),
  label: function () {
    if (this.name) return this.name;
    if (this.device === "remote") return `${this.remoteModel} ${this.resolution} px`;
    const file = String(this.file).split(/[\\/]/).pop();
    const model = this.model === "file" ? file : this.model === "named" ? this.modelName : undefined;
    return `${model ?? this.model} ${this.resolution} px`;
  },
  labelStyle: function () {
    return this.name ? "node_label_italic" : "";
  },
  oneditprepare: function () {
    endModelChoice = modelChoice(TYPE, this.modelName || "dinov2-small");
    const model = $("#node-config-input-model");
    const resolution = $("#node-config-input-resolution");
    const device = $("#node-config-input-device");
    const timeout = $("#node-config-input-remoteTimeout");
    // Flows from before there were these settings.
    if (!$("#node-config-input-runtime").val()) $("#node-config-input-runtime").val("auto");
    if (!$("#node-config-input-precision").val()) $("#node-config-input-precision").val("");
    const index = $("#node-config-input-deviceIndex");
    if (index.val() === "") index.val(0);
    if (timeout.val() === "") timeout.val(30000);
    const kind = () => (device.val() === "remote" ? "file" : (model.val() as Model | undefined) || "lite");
    let before = kind();
    const update = () => {
      const now = kind();
      const remote = device.val() === "remote";
      $(".golden-sample-remote").toggle(remote);
      $(".golden-sample-local").toggle(!remote);
      $(".golden-sample-numbered").toggle(["cuda", "tensorrt", "directml"].includes(String(device.val())));
      $(".golden-sample-named").toggle(!remote && now === "named");
      $(".golden-sample-file").toggle(!remote && now === "file");
      // A resolution that nobody chose goes with the model.
      if (now !== before && Number(resolution.val()) === RESOLUTION[before])
        resolution.val(RESOLUTION[now]).trigger("change");
      before = now;
    };
    model.on("change", update);
    device.on("change", update);
    update();
    if (!$("#node-config-input-fit").val()) $("#node-config-input-fit").val("");
    unfoldExperts("node-config-input", this);
    const node = this.id;
    const facts = $("#golden-sample-facts");
    /** Counts what was checked: what was found out of other settings than there are now says nothing. */
    let checked = 0;
    $("#golden-sample-check")
      .closest("form")
      .on("input change", ":input:not(#node-config-input-name)", () => {
        checked++;
        facts.hide();
      });
    $("#golden-sample-check").on("click", function () {
      const question = ++checked;
      const button = $(this).prop("disabled", true);
      facts.text(words(TYPE, "check.wait")).show();
      const settings: Record<string, unknown> = { node, fallback: $("#node-config-input-fallback").is(":checked") };
      const named = ["modelName", "mirror", "description"];
      const remote = ["endpoints", "remoteModel", "remoteVersion", "ca", "remoteTimeout", "token"];
      const place = ["device", "deviceIndex", "runtime", "memory", "precision"];
      for (const key of ["model", "file", "resolution", "fit", ...place, ...named, ...remote]) {
        settings[key] = $(`#node-config-input-${key}`).val();
      }
      void askRuntime(TYPE, "POST", "backbone/check", settings)
        .then(
          (answer) => describe(answer as CheckedBackbone),
          (error: Error) => error.message,
        )
        .then((text) => {
          button.prop("disabled", false);
          if (question === checked) facts.text(text);
        });
    });
  },
  oneditsave: () => endModelChoice(),
  oneditcancel: () => endModelChoice(),
  oneditdelete: () => endModelChoice(),
});
