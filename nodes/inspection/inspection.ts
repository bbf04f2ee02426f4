import { Lifetime } from "../shared/lifetime";
import type { Runtime } from "../shared/node-red";
import { inspectionRoutes } from "./inspection-routes";
import { Inspections } from "./inspections";

/** The runtime's side of the sidebar: a plugin, so that it is there before any node is. */
export = (RED: Runtime): void => {
  // It lives as long as Node-RED does.
  const inspections = new Inspections(RED, new Lifetime());
  inspectionRoutes(RED, inspections);
};
