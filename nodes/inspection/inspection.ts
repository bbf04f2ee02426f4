import { Lifetime } from "../shared/lifetime";
import type { Runtime } from "../shared/node-red";
import { captureRoutes } from "./capture-routes";
import { PartPictures } from "./explain-part";
import { inspectionRoutes } from "./inspection-routes";
import { Inspections } from "./inspections";
import { liveRoutes } from "./live-routes";
import { teachRoutes } from "./teach-routes";

/** The runtime's side of the sidebar: a plugin, so that it is there before any node is. */
export = (RED: Runtime): void => {
  // It lives as long as Node-RED does.
  const inspections = new Inspections(RED, new Lifetime());
  const pictures = new PartPictures(RED);
  inspectionRoutes(RED, inspections, pictures);
  liveRoutes(RED, inspections, pictures);
  teachRoutes(RED);
  captureRoutes(RED);
};
