import { fromEnvironment, named, numberBetween, unfoldExperts, words } from "../shared/form.editor";
import { BANK_NAME, BankView } from "./bank-view.editor";

interface BankSettings {
  name: string;
  backbone: string;
  rotate: boolean;
  smallest: number | string;
  region: string;
  mask: string;
  maskReferences: boolean;
  place: string;
  missing: string;
  tolerance: number;
  scorer: string;
  metric: string;
  neighbours: number;
  reduction: string;
  keep: number;
  search: string;
  version: string;
  keepVersions: number;
  guard: string;
  madeDefects: boolean;
  threshold: number | string;
}
type OpenBank = BankSettings & { view?: BankView };

const TYPE = "anomaly-bank";

RED.nodes.registerType<BankSettings, OpenBank>("anomaly-bank", {
  category: "config",
  defaults: {
    name: {
      value: "",
      required: true,
      validate: (value, _options) =>
        fromEnvironment(value) || BANK_NAME.test(String(value || "").trim()) || words(TYPE, "reason.name"),
    },
    backbone: { value: "", type: "anomaly-backbone", required: true },
    rotate: { value: false },
    smallest: {
      value: "",
      validate: (value, options) =>
        String(value ?? "").trim() === "" || numberBetween(TYPE, 1, 10000, false).call(null, value, options),
    },
    region: { value: "auto" },
    mask: { value: "auto" },
    maskReferences: { value: false },
    place: { value: "auto" },
    missing: { value: "auto" },
    tolerance: { value: 0, validate: numberBetween(TYPE, 0, 10000, false) },
    scorer: { value: "nearest" },
    metric: { value: "cosine" },
    neighbours: { value: 1, validate: numberBetween(TYPE, 1, 64, true) },
    reduction: { value: "none" },
    keep: { value: 10, validate: numberBetween(TYPE, 0.1, 100, false) },
    search: { value: "auto" },
    version: { value: "" },
    keepVersions: { value: 10, validate: numberBetween(TYPE, 1, 10000, true) },
    guard: { value: "refuse" },
    madeDefects: { value: true },
    threshold: {
      value: "",
      validate: (value, options) =>
        String(value ?? "").trim() === "" || numberBetween(TYPE, -1e9, 1e9, false).call(null, value, options),
    },
  },
  icon: "golden-sample-bank.svg",
  ...named(TYPE),
  oneditprepare: function () {
    const showWhatCounts = () => {
      const nearest = $("#node-config-input-scorer").val() !== "subspace";
      $(".golden-sample-nearest").toggle(nearest);
      $(".golden-sample-placed").toggle(nearest && $("#node-config-input-place").val() !== "anywhere");
      $(".golden-sample-keep").toggle(nearest && $("#node-config-input-reduction").val() === "coreset");
    };
    // Nodes of older versions, and those written by hand, have none of these; the fields would stay empty.
    const absent = {
      ...{ mask: "auto", metric: "cosine", neighbours: 1, reduction: "none", keep: 10, keepVersions: 10 },
      ...{ region: "whole", place: "auto", missing: "auto", tolerance: 0 },
      ...{ scorer: "nearest", search: "auto", guard: "refuse" },
    };
    for (const [field, value] of Object.entries(absent))
      if (!this[field as keyof typeof absent]) $(`#node-config-input-${field}`).val(value);
    $("#node-config-input-reduction, #node-config-input-scorer, #node-config-input-place").on("change", showWhatCounts);
    showWhatCounts();
    $("#node-config-input-guard")
      .on("change", function () {
        $(".golden-sample-guarded").toggle($(this).val() !== "off");
      })
      .trigger("change");
    this.view = new BankView(TYPE, String(this.version || ""), String(this.name || ""), this.id);
    const view = this.view;
    const name = $("#node-config-input-name");
    name.on("change", () => {
      view.show(String(name.val()).trim());
    });
    view.show(String(this.name || ""));
    unfoldExperts("node-config-input", this);
  },
  oneditsave: function () {
    closeView(this);
  },
  oneditcancel: function () {
    closeView(this);
  },
  oneditdelete: function () {
    closeView(this);
  },
});

function closeView(node: { view?: BankView }): void {
  node.view?.close();
  delete node.view;
}
