import { form, formRows, options, text } from "../shared/form-rows";

const rows = formRows("node-input");
const milliseconds = (field: string, icon: string, min: number, key = "label.milliseconds") =>
  rows.number(field, icon, { min, max: 3_600_000, after: text(key) });

export default form("anomaly-station", [
  rows.name(),
  rows.input("bank", "database"),
  rows.input("recipe", "hashtag"),
  rows.area("recipes", "list-ol", 'rows="3" style="width: 70%" data-i18n="[placeholder]placeholder.recipes"'),
  rows.select("camera", "camera", options("triggered", "free")),
  milliseconds("cameraTimeout", "picture-o", 1),
  milliseconds("deadline", "hourglass-half", 1),
  milliseconds("fresh", "hourglass-end", 1),
  milliseconds("plcTimeout", "heartbeat", 0, "label.never"),
  milliseconds("heartbeat", "heartbeat", 10),
  rows.number("parallel", "tasks", { min: 1, max: 64, after: text("label.inspections") }),
  rows.number("buffer", "inbox", { min: 1, max: 1000, after: text("label.results") }),
  rows.number("scale", "arrows-h", { min: 0.000001, step: "any", after: text("label.scaled") }),
]);
