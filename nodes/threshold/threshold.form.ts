import { button, experts, form, formRows, heading, options, text, tip } from "../shared/form-rows";

const rows = formRows("node-input");
const LABELS = "golden-sample-labels";
const percent = (field: string, icon: string, shown: string) =>
  rows.number(field, icon, { min: 0.0001, max: 99, step: "any", after: "%", class: shown });
const cost = (field: string) =>
  rows.number(field, "money", { min: 0, step: "any", class: `${LABELS} golden-sample-costs` });

export default form("anomaly-threshold", [
  rows.name(),
  rows.select("mode", "balance-scale", options("balanced", "rate", "labels", "fixed")),
  rows.number("threshold", "minus", { step: "any", class: "golden-sample-fixed" }),
  rows.select("goal", "bullseye", options("f1", "escape", "costs"), { class: LABELS }),
  percent("escapeRate", "percent", `${LABELS} golden-sample-escape`),
  cost("costReject"),
  cost("costEscape"),
  percent("prevalence", "pie-chart", LABELS),
  percent("rate", "percent", "golden-sample-rate"),
  rows.select("rule", "bar-chart", options("auto", "conformal", "tail", "percentile"), { class: "golden-sample-rate" }),
  `<div class="golden-sample-commission"><hr>`,
  heading("flag-checkered", "label.commission"),
  `<div class="form-row"><input type="number" id="golden-sample-commission-parts" min="8" max="1000" step="1" value="50" style="width: 80px"> ${text("label.parts")}`,
  button("golden-sample-commission-start", "play", "label.start"),
  button("golden-sample-commission-accept", "check", "label.accept"),
  `${button("golden-sample-commission-cancel", "times", "label.cancel")}</div>`,
  `<div class="form-row" id="golden-sample-commission-state" aria-live="polite"></div></div>`,
  experts([
    rows.number("frames", "clone", { min: 1, after: text("label.inARow") }),
    rows.select("unlike", "question-circle", options("also", "alone", "off")),
    `<div class="form-row">${rows.label("drift", "line-chart")} <input type="checkbox" id="node-input-drift" style="width: auto; vertical-align: top"></div>`,
    rows.number("stale", "hourglass-end", { min: 0, max: 1000000, step: "any", after: text("label.seconds") }),
    `<div class="form-row"><label for="node-input-output" style="width: 130px"><i class="fa fa-sign-out"></i> <span>msg.payload</span></label> ${rows.choice("output", options("verdict", "result", "unchanged"))}</div>`,
  ]),
  tip("tip.balanced", "golden-sample-balanced"),
  tip("tip.rate", "golden-sample-rate"),
  tip("tip.labels", LABELS),
]);
