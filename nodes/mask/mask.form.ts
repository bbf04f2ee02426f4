import { button, experts, form, formRows, heading, options } from "../shared/form-rows";

const rows = formRows("node-input");
const step = (id: string, icon: string, key = `label.${id}`) =>
  `<button type="button" class="red-ui-button red-ui-button-small" id="golden-sample-${id}" data-i18n="[title]${key}"><i class="fa fa-${icon}"></i></button>`;
const kind = (name: string, icon: string, selected: string) =>
  button(`golden-sample-draw-${name}`, icon, `option.${name}`, ` toggle red-ui-button-small${selected}`);
const tool = (name: string, icon: string) =>
  button(`golden-sample-tool-${name}`, icon, `option.${name}`, " toggle red-ui-button-small");
const ROW = ' style="margin-bottom: 4px; display: flex; flex-wrap: wrap; gap: 4px; align-items: center"';
const CANVAS =
  "display: block; box-sizing: border-box; width: 100%; border: 1px solid var(--red-ui-secondary-border-color)";

export default form("anomaly-mask", [
  rows.name(),
  rows.input("bank", "database"),
  rows.select("foreground", "crop", options("auto", "on", "off")),
  heading("object-group", "label.regions", "", ' style="margin-bottom: 4px"'),
  `<div class="form-row"${ROW}>${step("previous", "chevron-left")}${step("next", "chevron-right")}`,
  button("golden-sample-live", "video-camera", "picture.next", " red-ui-button-small"),
  button("golden-sample-choose", "picture-o", "picture.choose", " red-ui-button-small"),
  '<input type="file" id="golden-sample-picture-file" accept="image/*" style="display: none" tabindex="-1">',
  button("golden-sample-foreground", "adjust", "picture.showForeground", " toggle red-ui-button-small"),
  '<span id="golden-sample-picture-said" role="status"></span></div>',
  `<div class="form-row"${ROW}><span class="button-group">${tool("select", "mouse-pointer")}${tool("polygon", "pencil-square-o")}${tool("rectangle", "square-o")}${tool("ellipse", "circle-thin")}</span>`,
  `<span class="button-group">${kind("include", "eye", " selected")}${kind("exclude", "eye-slash", "")}</span>`,
  `<span>${step("duplicate", "clone")} ${step("delete", "trash")} ${step("undo", "undo")}</span></div>`,
  `<canvas id="golden-sample-canvas" tabindex="0" style="${CANVAS}"></canvas>`,
  '<div id="golden-sample-foreground-said" role="status" style="font-size: 12px"></div>',
  '<div class="form-tips" data-i18n="tip.draw" style="max-width: none; margin: 4px 0"></div>',
  '<ol id="golden-sample-shapes" style="margin: 0"></ol><div id="golden-sample-regions-none"></div>',
  experts([rows.property(), rows.checkbox("picture")]),
]);
