import { form, formRows, options, tip } from "../shared/form-rows";

const rows = formRows("node-input");

export default form("anomaly-build", [
  rows.name(),
  rows.input("bank", "database"),
  rows.property(),
  rows.select("mode", "graduation-cap", options("first", "control")),
  rows.number("frames", "clone", { min: 1, max: 10000, class: "golden-sample-frames" }),
  rows.input("exchange", "exchange", { attributes: 'placeholder="golden-sample/exchange" style="width: 70%"' }),
  tip("[html]tip.actions"),
]);
