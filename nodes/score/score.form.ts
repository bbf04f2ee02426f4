import { experts, form, formRows, text } from "../shared/form-rows";

const rows = formRows("node-input");

export default form("anomaly-score", [
  rows.name(),
  rows.input("bank", "database"),
  rows.property(),
  ...rows.results(),
  experts([
    ...rows.paths(),
    rows.select("policy", "inbox", { newest: "policy.newest", oldest: "policy.oldest", block: "policy.block" }),
    rows.number("inbox", "clone", { min: 1, max: 1000, class: "golden-sample-inbox" }),
    rows.number("deadline", "clock-o", { min: 0, max: 3600000, after: text("label.milliseconds") }),
  ]),
]);
