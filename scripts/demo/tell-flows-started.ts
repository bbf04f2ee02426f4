import { createRequire } from "node:module";

interface Util {
  events: NodeJS.EventEmitter;
}

/**
 * Loaded into Node-RED before anything else (node --require): tells the process that started it when flows have started.
 * Its log says so, too, but in the language that it is set to.
 */
const red = createRequire(process.argv[1]!);
const { events } = red("@node-red/util") as Util;
events.on("flows:started", () => process.send?.("flows:started"));
