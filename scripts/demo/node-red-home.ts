import { resolve } from "node:path";

/**
 * A module of Node-RED: of the one among the development dependencies, or of the one in the folder that
 * GOLDEN_SAMPLE_NODE_RED names, such as another version's.
 */
export function nodeRedModule(file: "" | "/red.js"): string {
  const home = process.env.GOLDEN_SAMPLE_NODE_RED;
  return require.resolve(`${home ? resolve(home) : "node-red"}${file}`);
}
