import { button, experts, form, formRows, options, text, tip } from "../shared/form-rows";

const rows = formRows("node-config-input");
const NEAREST = { class: "golden-sample-nearest" };
const BELOW = "max-width: none; margin-top: 4px; display: none";

export default form("anomaly-bank", [
  rows.input("name", "tag", { attributes: 'maxlength="64"' }),
  rows.input("backbone", "cube"),
  rows.select("mask", "crop", options("auto", "on", "off")),
  rows.checkbox("rotate"),
  rows.number("smallest", "search-plus", {
    min: 1,
    step: "any",
    after: text("label.cameraPixels"),
    attributes: 'data-i18n="[placeholder]placeholder.smallest"',
  }),
  '<div class="form-row" id="golden-sample-smallest-view" style="display: none"><canvas id="golden-sample-smallest-canvas" style="max-width: 100%"></canvas>',
  `<div>${button("golden-sample-smallest-measure", "clock-o", "smallest.measure", " red-ui-button-small")} <span id="golden-sample-smallest-said" role="status"></span></div></div>`,
  rows.select("version", "history", {}),
  experts([
    rows.checkbox("maskReferences"),
    rows.select("region", "object-group", {
      auto: "option.bySizeOfRegion",
      crop: "option.crop",
      whole: "option.whole",
    }),
    rows.select("place", "crosshairs", { auto: "option.byReferences", ...options("same", "anywhere") }, NEAREST),
    rows.number("tolerance", "arrows", {
      min: 0,
      after: text("label.pixels"),
      class: "golden-sample-nearest golden-sample-placed",
    }),
    rows.select("missing", "puzzle-piece", { auto: "option.byReferences", off: "option.notAsked" }, NEAREST),
    rows.select("scorer", "balance-scale", options("nearest", "subspace")),
    rows.select("metric", "arrows-h", options("cosine", "l2"), NEAREST),
    rows.number("neighbours", "share-alt", { min: 1, max: 64, ...NEAREST }),
    rows.select("reduction", "compress", options("none", "coreset"), NEAREST),
    rows.number("keep", "percent", {
      min: 0.1,
      max: 100,
      step: "any",
      after: "%",
      class: "golden-sample-nearest golden-sample-keep",
    }),
    rows.select("search", "search", { auto: "option.bySize", ...options("exact", "clustered") }, NEAREST),
    rows.number("keepVersions", "archive", { min: 1, after: text("label.versions") }),
    rows.checkbox("madeDefects"),
    rows.select("guard", "shield", { ...options("refuse", "warn"), off: "option.ignore" }),
    rows.number("threshold", "minus", {
      step: "any",
      class: "golden-sample-guarded",
      attributes: 'data-i18n="[placeholder]placeholder.threshold"',
    }),
  ]),
  '<div class="form-tips" id="golden-sample-state" role="status" style="max-width: none"></div>',
  `<div class="form-tips" id="golden-sample-renamed" role="alert" style="${BELOW}; color: var(--red-ui-text-color-error)"></div>`,
  '<div id="golden-sample-findings" style="margin-top: 8px"></div>',
  tip("versions.atOnce"),
  '<div style="max-height: 220px; overflow-y: auto; margin-top: 8px"><table id="golden-sample-versions" style="width: 100%"></table></div>',
  `<div style="margin-top: 4px">${button("golden-sample-import-button", "upload", "versions.import", " red-ui-button-small")}`,
  '<input type="file" id="golden-sample-import-file" accept=".safetensors" style="display: none" tabindex="-1"> <span id="golden-sample-manage"></span></div>',
  `<div class="form-tips" id="golden-sample-result" role="status" style="${BELOW}"></div>`,
  '<div id="golden-sample-capture" style="display: none"></div>',
  '<div id="golden-sample-references" style="display: flex; flex-wrap: wrap; gap: 4px; margin-top: 8px"></div>',
]);
