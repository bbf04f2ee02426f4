import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { adminRoute } from "../shared/admin-route";
import type { Runtime } from "../shared/node-red";
import { describePart, namePair } from "./describe-pair";
import type { PartPictures } from "./explain-part";
import { type FoundPair, findPair } from "./find-pair";
import type { Inspections } from "./inspections";
import { LIMITS } from "./limits";
import type { Part } from "./part";
import { type ReportedPart, renderReport } from "./shift-report";

/** Endpoints for whoever stands at the line: a page, pictures for panels, and a report of the shift. */
export function liveRoutes(RED: Runtime, inspections: Inspections, pictures: PartPictures): void {
  const find = (node: string | undefined) => findPair(RED, inspections, node);
  const newest = ({ pair }: FoundPair) => pair.parts.at(-1);

  adminRoute(RED, "get", "live/:node", "read", async () => ({
    html: await readFile(join(__dirname, "live.page.html"), "utf8"),
  }));

  // Answers at once where there is a newer part than the one that is known, else with the next one or after a while.
  adminRoute(RED, "get", "live/:node/after/:number", "read", async ({ params }) => {
    const found = find(params.node);
    if (newest(found)?.number === Number(params.number)) await inspections.next(found.id, LIMITS.patience);
    const { pair } = found;
    const last = newest(found);
    return {
      json: {
        ...namePair(found),
        ...{ since: pair.since, now: Date.now(), last: last && describePart(last) },
        rejects: pair.rejects.map(describePart),
      },
    };
  });

  adminRoute(RED, "get", "live/:node/still.jpg", "read", async ({ params }) => {
    const part = newest(find(params.node))!;
    return { jpeg: await pictures.overlay(part) };
  });

  adminRoute(RED, "get", "live/:node/stream.mjpg", "read", async ({ params }) => {
    const { id } = find(params.node);
    // Asked for anew each time: a node that was taken away and put back begins with other parts.
    const last = () => inspections.get(id)?.parts.at(-1);
    return {
      pictures: async (show, gone) => {
        let shown: Part | undefined;
        // The newest only: a panel that is slow misses some, and never falls behind.
        while (!gone.aborted) {
          const part = last();
          if (part && part !== shown && part.image) await show(await pictures.overlay(part));
          shown = part;
          if (last() === part) await inspections.next(id, LIMITS.patience);
        }
      },
    };
  });

  adminRoute(RED, "post", "live/:node/shift", "write", async ({ params, user }) => {
    const found = find(params.node);
    found.pair.reset(Date.now());
    found.node.log(`A new shift was begun by ${user}.`);
    return { json: namePair(found) };
  });

  adminRoute(RED, "get", "live/:node/report", "read", async ({ params }) => {
    const found = find(params.node);
    const parts: ReportedPart[] = [];
    for (const part of [...found.pair.rejects]) {
      // Their pictures may have been let go, and their bank deleted: the numbers are told all the same.
      const explained = await pictures.explain(found.id, part).catch(() => undefined);
      parts.push({ part, ...(explained && { explained }) });
    }
    return { html: renderReport({ ...namePair(found), pair: found.pair, parts, now: Date.now() }) };
  });
}
