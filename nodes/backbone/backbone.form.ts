import { button, experts, form, formRows, options, text } from "../shared/form-rows";

const rows = formRows("node-config-input");
const LOCAL = { class: "golden-sample-local" };
const same = (...values: string[]) => Object.fromEntries(values.map((value) => [value, { text: value }]));
const facts = (id: string, more = "") =>
  `<div class="form-tips" id="${id}" role="status" style="${more}max-width: none; overflow-wrap: anywhere"></div>`;

export default form("anomaly-backbone", [
  rows.name(),
  rows.select("model", "cube", options("lite", "texture", "named", "file"), LOCAL),
  '<div class="golden-sample-named">',
  rows.select("modelName", "list", {}),
  facts("golden-sample-model-facts"),
  '<div class="form-row" id="golden-sample-model-buttons" style="margin-top: 8px"><label></label>',
  button("golden-sample-download", "download", "label.download"),
  button("golden-sample-verify", "check", "label.verify"),
  `${button("golden-sample-import", "upload", "label.import")}</div>`,
  `<div class="form-row"><label for="golden-sample-import-file"><i class="fa fa-file-o"></i> ${text("label.importFile")}</label>`,
  '<input type="text" id="golden-sample-import-file" data-i18n="[placeholder]label.importHint"></div>',
  "</div>",
  rows.input("file", "file-o", { class: "golden-sample-file", attributes: 'placeholder="models/dinov2_vits14.onnx"' }),
  rows.number("resolution", "arrows-alt", { min: 14, max: 4096, after: text("label.pixels") }),
  rows.select("device", "microchip", {
    auto: "option.auto",
    cpu: { text: "CPU" },
    cuda: { text: "CUDA (NVIDIA)" },
    tensorrt: { text: "TensorRT (NVIDIA)" },
    webgpu: { text: "WebGPU" },
    directml: { text: "DirectML (Windows)" },
    coreml: { text: "Core ML (macOS)" },
    remote: "option.remote",
  }),
  rows.number("deviceIndex", "hashtag", { min: 0, max: 63, class: "golden-sample-numbered" }),
  '<div class="golden-sample-remote">',
  rows.area("endpoints", "server", 'rows="2" style="width: 70%" placeholder="http://triton:8000"'),
  rows.input("remoteModel", "cube", { attributes: 'placeholder="dinov2-small"' }),
  `<div class="form-row">${rows.label("token", "key")} <input type="password" id="node-config-input-token" autocomplete="off"></div>`,
  "</div>",
  experts([
    '<div class="golden-sample-named">',
    rows.input("mirror", "server", { attributes: 'placeholder="https://huggingface.co"' }),
    rows.select("precision", "compress", { "": "option.asNamed", ...same("fp32", "fp16", "int8") }),
    rows.checkbox("fallback", { style: "margin: 0 6px 0 0" }),
    '</div><div class="golden-sample-remote">',
    rows.input("remoteVersion", "code-fork", { attributes: 'data-i18n="[placeholder]label.anyVersion"' }),
    rows.input("ca", "certificate", { attributes: 'placeholder="certificates/company-ca.pem"' }),
    rows.number("remoteTimeout", "clock-o", { min: 1, max: 600000, after: "ms" }),
    "</div>",
    rows.select("runtime", "cogs", options("auto", "native", "portable"), LOCAL),
    rows.number("memory", "database", { min: 0, attributes: 'data-i18n="[placeholder]label.unbounded"', after: "MB" }),
    rows.select("fit", "crop", { all: "option.fitAll", crop: "option.fitCrop", "": "option.fitAsBuilt" }),
    rows.area(
      "description",
      "sliders",
      `rows="4" spellcheck="false" style="width: 70%; font-family: monospace" placeholder='{"outputs": ["layer2", "layer3"]}'`,
      { class: "golden-sample-file", labelStyle: "vertical-align: top" },
    ),
  ]),
  `<div class="form-row"><label></label>${button("golden-sample-check", "stethoscope", "label.check")}</div>`,
  facts("golden-sample-facts", "display: none; "),
]);
