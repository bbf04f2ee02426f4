import { findable, numberBetween, onCanvas, words } from "../shared/form.editor";

interface BuildSettings {
  name: string;
  bank: string;
  mode: string;
  frames: number;
  property: string;
  exchange: string;
}

const TYPE = "anomaly-build";

findable(TYPE);
RED.nodes.registerType<BuildSettings>("anomaly-build", {
  ...onCanvas(TYPE),
  color: "#E0C27A",
  defaults: {
    name: { value: "" },
    bank: { value: "", type: "anomaly-bank", required: true },
    mode: { value: "first" },
    frames: { value: 8, validate: numberBetween(TYPE, 1, 10000, true) },
    property: { value: "payload", required: true },
    exchange: { value: "" },
  },
  outputs: 2,
  icon: "golden-sample-build.svg",
  outputLabels: (index) => words(TYPE, index === 0 ? "port.result" : "port.frames"),
  oneditprepare: () => {
    $("#node-input-property").typedInput({ default: "msg", types: ["msg"] });
    $("#node-input-mode")
      .on("change", function () {
        $(".golden-sample-frames").toggle($(this).val() === "first");
      })
      .trigger("change");
  },
});
