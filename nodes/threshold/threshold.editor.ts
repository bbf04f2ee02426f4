import { findable, numberBetween, onCanvas, unfoldExperts, words } from "../shared/form.editor";
import { watchCommissioning } from "./commission.editor";

interface ThresholdSettings {
  name: string;
  mode: string;
  threshold: number;
  rate: number | string;
  rule: string;
  goal: string;
  escapeRate: number;
  costReject: number;
  costEscape: number;
  prevalence: number;
  frames: number;
  unlike: string;
  drift: boolean;
  stale: number;
  output: string;
}

/** What the dialog keeps on the node while it is open. */
interface OpenNode extends ThresholdSettings {
  endCommissioning?: () => void;
}

const TYPE = "anomaly-threshold";
const anyNumber = numberBetween(TYPE, -1e9, 1e9, false);
const percent = numberBetween(TYPE, 0.0001, 99, false);
const cost = numberBetween(TYPE, 1e-9, 1e12, false);

findable(TYPE);
RED.nodes.registerType<ThresholdSettings, OpenNode>("anomaly-threshold", {
  ...onCanvas(TYPE),
  color: "#E0C27A",
  defaults: {
    name: { value: "" },
    mode: { value: "balanced" },
    threshold: { value: 0.5, validate: anyNumber },
    rate: {
      value: "",
      validate: (value, options) => String(value ?? "").trim() === "" || percent.call(null, value, options),
    },
    rule: { value: "auto" },
    goal: { value: "f1" },
    escapeRate: { value: 1, validate: percent },
    costReject: { value: 1, validate: cost },
    costEscape: { value: 10, validate: cost },
    prevalence: { value: 1, validate: percent },
    frames: { value: 1, validate: numberBetween(TYPE, 1, 1000000, true) },
    unlike: { value: "also" },
    drift: { value: true },
    stale: { value: 60, validate: numberBetween(TYPE, 0, 1000000, false) },
    output: { value: "verdict" },
  },
  outputs: 3,
  icon: "golden-sample-threshold.svg",
  outputLabels: (index) => words(TYPE, `port.${["ok", "anomaly", "unlike"][index]}`),
  oneditprepare: function () {
    // What flows of earlier versions do not say: the selects would stand empty.
    const absent = {
      rule: "auto",
      goal: "f1",
      escapeRate: 1,
      costReject: 1,
      costEscape: 10,
      prevalence: 1,
      unlike: "also",
      stale: 0,
    };
    for (const [key, value] of Object.entries(absent))
      if (this[key as keyof typeof absent] === undefined) $(`#node-input-${key}`).val(value);
    if (this.drift === undefined) $("#node-input-drift").prop("checked", true);
    // Flows of earlier versions call it by its source.
    if (this.mode === "bank" || !this.mode) $("#node-input-mode").val(this.mode || this.rate ? "rate" : "balanced");
    const show = () => {
      const mode = $("#node-input-mode").val();
      const goal = $("#node-input-goal").val();
      $(".golden-sample-fixed").toggle(mode === "fixed");
      $(".golden-sample-balanced").toggle(mode === "balanced");
      // What sets the threshold by itself needs no parts for it.
      $(".golden-sample-commission").toggle(mode === "balanced" || mode === "rate");
      // As long as there are no labels, the bank's references decide: balanced, or for a rate.
      $(".golden-sample-rate").toggle(mode === "rate" || mode === "labels");
      $("#node-input-rate").attr("placeholder", mode === "rate" ? "1" : words(TYPE, "option.balanced"));
      $(".golden-sample-labels").toggle(mode === "labels");
      $(".golden-sample-escape").toggle(mode === "labels" && goal === "escape");
      $(".golden-sample-costs").toggle(mode === "labels" && goal === "costs");
    };
    $("#node-input-mode, #node-input-goal").on("change", show);
    show();
    unfoldExperts("node-input", this);
    this.endCommissioning = watchCommissioning(TYPE, this.id);
  },
  oneditsave: function () {
    this.endCommissioning?.();
  },
  oneditcancel: function () {
    this.endCommissioning?.();
  },
});
