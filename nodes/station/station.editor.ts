import { findable, numberBetween, onCanvas, words } from "../shared/form.editor";

interface StationNode {
  name: string;
  bank: string;
  recipe: string;
  recipes: string;
  camera: string;
  cameraTimeout: number;
  deadline: number;
  fresh: number;
  plcTimeout: number;
  heartbeat: number;
  parallel: number;
  buffer: number;
  scale: number;
}

const TYPE = "anomaly-station";
const milliseconds = numberBetween(TYPE, 1, 3600000, false);

findable(TYPE);
RED.nodes.registerType<StationNode>("anomaly-station", {
  ...onCanvas(TYPE),
  color: "#E0C27A",
  defaults: {
    name: { value: "" },
    bank: { value: "", type: "anomaly-bank", required: true },
    recipe: { value: "1" },
    recipes: { value: "" },
    camera: { value: "triggered" },
    cameraTimeout: { value: 500, validate: milliseconds },
    deadline: { value: 1000, validate: milliseconds },
    fresh: { value: 3000, validate: milliseconds },
    plcTimeout: { value: 2000, validate: numberBetween(TYPE, 0, 3600000, false) },
    heartbeat: { value: 500, validate: numberBetween(TYPE, 10, 60000, false) },
    parallel: { value: 2, validate: numberBetween(TYPE, 1, 64, true) },
    buffer: { value: 16, validate: numberBetween(TYPE, 1, 1000, true) },
    scale: { value: 10000, validate: numberBetween(TYPE, 1e-6, 1e9, false) },
  },
  outputs: 4,
  icon: "golden-sample-station.svg",
  outputLabels: (index) => words(TYPE, `port.${["plc", "camera", "frame", "result"][index]}`),
});
