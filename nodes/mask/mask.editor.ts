import { findable, onCanvas, words } from "../shared/form.editor";
import type { Corner } from "./polygon-canvas.editor";
import { PolygonForm, polygonsValid } from "./polygons.editor";

interface MaskSettings {
  name: string;
  bank: string;
  property: string;
  foreground: string;
  include: Corner[][];
  exclude: Corner[][];
  picture: boolean;
}
type OpenMask = MaskSettings & { form?: PolygonForm };

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
    include: { value: [], validate: polygonsValid(TYPE) },
    exclude: { value: [], validate: polygonsValid(TYPE) },
    picture: { value: false },
  },
  outputs: 1,
  icon: "golden-sample-mask.svg",
  outputLabels: () => words(TYPE, "port.output"),
  oneditprepare: function () {
    $("#node-input-property").typedInput({ default: "msg", types: ["msg"] });
    const form = new PolygonForm(TYPE, this.include, this.exclude);
    this.form = form;
    const bank = $("#node-input-bank");
    bank.on("change", () => {
      const node = RED.nodes.node(String(bank.val())) as { name?: string } | null;
      void form.showBank(node ? String(node.name) : "");
    });
    bank.trigger("change");
  },
  oneditsave: function () {
    Object.assign(this, this.form?.polygons());
    closeForm(this);
  },
  oneditcancel: function () {
    closeForm(this);
  },
  oneditresize: function () {
    this.form?.resize();
  },
});

function closeForm(node: { form?: PolygonForm }): void {
  node.form?.close();
  delete node.form;
}
