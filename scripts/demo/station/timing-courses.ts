import type { Course } from "./timing-diagram";

const PLC = ["trigger", "resultAck"] as const;
const STATION = ["ready", "triggerAck", "exposing", "busy", "resultValid", "pass"] as const;

/** Those of docs/plc.md, in its order. */
export const COURSES: readonly Course[] = [
  {
    title: "A good part",
    ...{ step: 5, length: 60, triggers: [3], frame: 50, verdict: 90 },
    rows: [...PLC, ...STATION],
  },
  {
    title: "Two parts, the second exposed while the first is judged",
    ...{ step: 5, length: 60, triggers: [3, 17], frame: 50, verdict: 90 },
    rows: [...PLC, ...STATION, "inspectionId"],
  },
  {
    title: "Triggered again too early: refused, and one result",
    ...{ step: 5, length: 70, triggers: [3, 11], frame: 80, verdict: 90 },
    rows: [...PLC, ...STATION, "errorCode"],
  },
  {
    title: "The trigger bounces: what is acknowledged is the part before, and the next one's is raised again",
    ...{ step: 5, length: 72, triggers: [3, 17], bounce: [14, 16], frame: 50, verdict: 90 },
    rows: ["trigger", "ready", "triggerAck", "triggerPartId", "exposing", "errorCode", "resultValid", "partId"],
  },
  {
    title: "No frame comes: a fault, and a reset once the camera is back",
    ...{ step: 20, length: 60, triggers: [3], verdict: 0, reset: 40 },
    rows: [...PLC, "reset", ...STATION, "errorCode", "resultCode"],
  },
  {
    title: "The result is not acknowledged: it stays, and is no pass any more",
    ...{ step: 100, length: 60, triggers: [3], frame: 50, verdict: 90, acknowledges: false },
    rows: [...PLC, ...STATION, "resultCode"],
  },
  {
    title: "The PLC's heartbeat stands still, and goes on",
    ...{ step: 100, length: 60, triggers: [], frame: 50, verdict: 90, silent: [10, 45] },
    rows: ["online", "ready", "errorCode"],
  },
];
