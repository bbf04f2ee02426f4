import { button, form, formRows, heading, options } from "../shared/form-rows";

const rows = formRows("node-input");
const step = (id: string, icon: string) =>
  `<button type="button" class="red-ui-button red-ui-button-small" id="golden-sample-${id}" data-i18n="[title]label.${id}"><i class="fa fa-${icon}"></i></button>`;
const toggle = (kind: string, icon: string, selected: string) =>
  button(`golden-sample-draw-${kind}`, icon, `option.${kind}`, ` toggle${selected}`);
const CLOSE = ' style="margin-bottom: 4px"';
const CANVAS =
  "display: block; box-sizing: border-box; width: 100%; cursor: crosshair; border: 1px solid var(--red-ui-secondary-border-color)";

export default form("anomaly-mask", [
  rows.name(),
  rows.input("bank", "database"),
  rows.property(),
  rows.select("foreground", "crop", options("auto", "on", "off")),
  rows.checkbox("picture"),
  heading(
    "object-group",
    "label.regions",
    `<span style="float: right">${step("previous", "chevron-left")} <span id="golden-sample-picture-number"></span> ${step("next", "chevron-right")}</span>`,
    CLOSE,
  ),
  `<div class="form-row"${CLOSE}><span class="button-group">${toggle("include", "eye", " selected")}${toggle("exclude", "eye-slash", "")}</span> <span data-i18n="tip.draw" style="margin-left: 8px"></span></div>`,
  `<canvas id="golden-sample-canvas" tabindex="0" style="${CANVAS}"></canvas>`,
  '<div class="form-row" style="margin-top: 8px"><ol id="golden-sample-polygons"></ol></div>',
]);
