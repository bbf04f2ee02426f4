/** Finds files, exports and dependencies that nothing uses; part of `npm run lint`. */
const { "node-red": nodeRed } = require("./package.json");

const source = (compiled) => compiled.replace(/^dist\//, "").replace(/\.js$/, ".ts");

module.exports = {
  workspaces: {
    ".": {
      entry: [
        ...[nodeRed.nodes, nodeRed.plugins].flatMap((files) => Object.values(files).map(source)),
        "lib/{engine,train}/server.ts",
        "nodes/*/*.{form,editor}.ts",
        "scripts/*.{ts,mjs}",
        "scripts/demo/{main,exit-with-parent,tell-flows-started}.ts",
        "bench/*.ts",
        "bench/node-red/line.ts",
        "test/**/*.test.ts",
        "test/faults/host.ts",
      ],
      project: ["{lib,nodes,cli,scripts,bench,test}/**/*.{ts,mjs}"],
      // Used by name: by sharp, by types, by a require of tests that may take another Node-RED, by typedoc's settings, by
      // examples that tests run in a Node-RED.
      ignoreDependencies: [
        ...["@img/sharp-wasm32", "@types/jquery", "node-red-node-test-helper", "typedoc-plugin-markdown"],
        ...["node-red-contrib-modbus", "node-red-contrib-s7"],
      ],
    },
    "packages/dashboard-2-inspection": {
      entry: ["node/inspection.ts", "ui/inspection.ts"],
      project: ["{lib,node,ui}/**/*.{ts,vue}"],
      // Tests run the widget in it.
      ignoreDependencies: ["@flowfuse/node-red-dashboard"],
    },
    "packages/opcua-station": { entry: ["node/opcua.ts"], project: ["{lib,node}/**/*.ts"] },
  },
  ignoreExportsUsedInFile: { interface: true, type: true },
  exclude: ["binaries"],
};
