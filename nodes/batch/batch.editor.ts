import { findable, followPaths, numberBetween, onCanvas, words } from "../shared/form.editor";

interface BatchSettings {
  name: string;
  backbone: string;
  property: string;
  allowPaths: boolean;
  pathFolder: string;
  size: number;
  patience: number;
  deadline: number;
  foreground: string;
  map: boolean;
  regions: boolean;
  overlay: boolean;
}

const TYPE = "anomaly-batch";

findable(TYPE);
RED.nodes.registerType<BatchSettings>("anomaly-batch", {
  ...onCanvas(TYPE),
  color: "#E0C27A",
  defaults: {
    name: { value: "" },
    backbone: { value: "", type: "anomaly-backbone", required: true },
    property: { value: "payload", required: true },
    allowPaths: { value: false },
    pathFolder: { value: "" },
    size: { value: 20, validate: numberBetween(TYPE, 2, 500, true) },
    patience: { value: 0, validate: numberBetween(TYPE, 0, 86400, false) },
    deadline: { value: 0, validate: numberBetween(TYPE, 0, 86400, false) },
    foreground: { value: "auto" },
    map: { value: false },
    regions: { value: false },
    overlay: { value: false },
  },
  outputs: 1,
  icon: "golden-sample-batch.svg",
  outputLabels: () => words(TYPE, "port.output"),
  oneditprepare: () => {
    $("#node-input-property").typedInput({ default: "msg", types: ["msg"] });
    followPaths();
    // A flow from before there was a deadline.
    if ($("#node-input-deadline").val() === "") $("#node-input-deadline").val(0);
  },
});
