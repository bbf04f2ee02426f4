/**
 * The walls of the house. lib/ knows nothing of Node-RED; nodes/ and cli/ enter lib/ through its one door; inside lib/
 * every arrow points down this list, and nowhere in a circle.
 */
const ROOMS = [
  ["doctor"],
  ["evaluate"],
  ["train"],
  ["engine"],
  ["made-defects"],
  ["station"],
  ["threshold"],
  ["health"],
  ["score"],
  ["mask"],
  ["bank"],
  ["backbone"],
  ["image"],
  ["runtime"],
];

const upwards = ROOMS.flatMap((room, i) => {
  const above = ROOMS.slice(0, i).flat();
  if (above.length === 0) return [];
  return {
    name: `${room}-looks-down-only`,
    comment: `lib/${room} imports from a room above it`,
    severity: "error",
    from: { path: `^lib/(${room.join("|")})/` },
    to: { path: `^lib/(${above.join("|")})/|^lib/index` },
  };
});

module.exports = {
  forbidden: [
    ...upwards,
    { name: "no-circle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "lib-knows-no-node-red",
      severity: "error",
      from: { path: "^lib/" },
      to: { path: "^(nodes|cli|scripts|test)/|node-red" },
    },
    {
      name: "one-door-into-lib",
      severity: "error",
      from: { path: "^(nodes|cli)/" },
      to: { path: "^lib/", pathNot: "^lib/index\\.ts$" },
    },
    {
      name: "no-pixels-or-tensors-in-nodes",
      severity: "error",
      from: { path: "^(nodes|cli)/" },
      to: { path: "sharp|onnxruntime" },
    },
    {
      name: "onnxruntime-behind-one-interface",
      severity: "error",
      from: { path: "^lib/", pathNot: "^lib/runtime/onnxruntime[a-z-]*\\.ts$" },
      to: { path: "onnxruntime", pathNot: "^lib/runtime/" },
    },
    {
      name: "supervisor-only-supervises",
      comment: "what runs in Node-RED's process stays small: calls, restarts and deadlines",
      severity: "error",
      from: { path: "^lib/engine/supervisor/" },
      to: {
        path: "^lib/engine/(frames|loaded|server)|^lib/(score|mask|image)/",
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "pixels-in-one-room",
      severity: "error",
      from: { path: "^lib/", pathNot: "^lib/image/" },
      to: { path: "node_modules/sharp" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    exclude: { path: "\\.editor\\.ts$" },
  },
};
