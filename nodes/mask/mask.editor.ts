import { findable, onCanvas, unfoldExperts, words } from "../shared/form.editor";
import { MaskForm } from "./mask-form.editor";
import { shapesValid } from "./saved-shapes.editor";

interface MaskSettings {
  name: string;
  bank: string;
  property: string;
  foreground: string;
  include: unknown[];
  exclude: unknown[];
  picture: boolean;
}
type OpenMask = MaskSettings & { form?: MaskForm };

const TYPE = "anomaly-mask";

findable(TYPE);
RED.nodes.registerType<MaskSettings, OpenMask>("anomaly-mask", {
  ...onCanvas(TYPE),
  color: "#E0C27A",
  defaults: {
    name: { value: "" },
    bank: { value: "", type: "anomaly-bank", required: true },
    property: { value: "payload", required: true },
    foreground: { value: "auto" },
    include: { value: [], validate: shapesValid(TYPE, "include") },
    exclude: { value: [], validate: shapesValid(TYPE, "exclude") },
    picture: { value: false },
  },
  outputs: 1,
  icon: "golden-sample-mask.svg",
  outputLabels: () => words(TYPE, "port.output"),
  oneditprepare: function () {
    $("#node-input-property").typedInput({ default: "msg", types: ["msg"] });
    unfoldExperts("node-input", this);
    const form = new MaskForm(TYPE, this.include, this.exclude);
    this.form = form;
    const bank = $("#node-input-bank");
    bank.on("change", () => {
      const id = String(bank.val());
      const node = RED.nodes.node(id) as { name?: string } | null;
      form.showBank(id, node ? String(node.name) : "");
    });
    bank.trigger("change");
  },
  oneditsave: function () {
    Object.assign(this, this.form?.regions());
    closeForm(this);
  },
  oneditcancel: function () {
    closeForm(this);
  },
  oneditresize: function () {
    this.form?.resize();
  },
});

function closeForm(node: { form?: MaskForm }): void {
  node.form?.close();
  delete node.form;
}
