import { findable, followPaths, numberBetween, onCanvas, unfoldExperts, words } from "../shared/form.editor";

interface ScoreSettings {
  name: string;
  bank: string;
  property: string;
  map: boolean;
  regions: boolean;
  overlay: boolean;
  allowPaths: boolean;
  pathFolder: string;
  policy: string;
  inbox: number;
  deadline: number;
}

const TYPE = "anomaly-score";

findable(TYPE);
RED.nodes.registerType<ScoreSettings>("anomaly-score", {
  ...onCanvas(TYPE),
  color: "#E0C27A",
  defaults: {
    name: { value: "" },
    bank: { value: "", type: "anomaly-bank", required: true },
    property: { value: "payload", required: true },
    map: { value: false },
    regions: { value: false },
    overlay: { value: false },
    allowPaths: { value: false },
    pathFolder: { value: "" },
    policy: { value: "newest" },
    inbox: { value: 4, validate: numberBetween(TYPE, 1, 1000, true) },
    deadline: { value: 0, validate: numberBetween(TYPE, 0, 3600000, false) },
  },
  outputs: 1,
  icon: "golden-sample-score.svg",
  outputLabels: () => words(TYPE, "port.output"),
  oneditprepare: function () {
    $("#node-input-property").typedInput({ default: "msg", types: ["msg"] });
    followPaths();
    // A node of an earlier version has none of these.
    for (const [id, value] of Object.entries({ policy: "newest", inbox: 4, deadline: 0 })) {
      if (!$(`#node-input-${id}`).val()) $(`#node-input-${id}`).val(value);
    }
    $("#node-input-policy")
      .on("change", function () {
        $(".golden-sample-inbox").toggle($(this).val() !== "block");
      })
      .trigger("change");
    unfoldExperts("node-input", this);
  },
});
