import { form, formRows, options, text, tip } from "../shared/form-rows";

const rows = formRows("node-input");

export default form("anomaly-batch", [
  rows.name(),
  rows.input("backbone", "cogs"),
  rows.property(),
  ...rows.paths(),
  rows.number("size", "clone", { min: 2, max: 500 }),
  rows.number("patience", "clock-o", { min: 0, max: 86400, step: "any", after: text("label.seconds") }),
  rows.number("deadline", "hourglass-half", { min: 0, max: 86400, step: "any", after: text("label.late") }),
  rows.select("foreground", "crop", options("auto", "on", "off")),
  ...rows.results(),
  tip("[html]tip.batch"),
]);
