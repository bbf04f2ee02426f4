import { GoldenSampleError, sentence } from "../../lib";
import { adminRoute } from "../shared/admin-route";
import type { Runtime } from "../shared/node-red";
import { describePair, describePart, namePair } from "./describe-pair";
import { type PartPictures, shown } from "./explain-part";
import { findPair, findPart } from "./find-pair";
import type { Inspections } from "./inspections";
import { LIMITS } from "./limits";
import { replay } from "./replay";

/** Endpoints of the sidebar: what is inspected, and what people say of it. */
export function inspectionRoutes(RED: Runtime, inspections: Inspections, pictures: PartPictures): void {
  const find = (node: string | undefined) => findPair(RED, inspections, node);

  adminRoute(RED, "get", "inspection", "read", async () => ({
    json: { pairs: inspections.nodes().map((node) => namePair(find(node))) },
  }));

  adminRoute(RED, "get", "inspection/:node", "read", async ({ params }) => {
    const found = find(params.node);
    inspections.look(found.id);
    return { json: describePair(found, Date.now()) };
  });

  adminRoute(RED, "get", "inspection/:node/parts/:number", "read", async ({ params }) => {
    const found = find(params.node);
    const part = findPart(found, params.number);
    const { picture, heat, worst, ...facts } = await pictures.explain(found.id, part);
    const base64 = (data: Buffer | undefined) => data?.toString("base64");
    const beside = worst && { reference: worst.reference, patch: base64(worst.patch), golden: base64(worst.golden) };
    return { json: { ...describePart(part), ...facts, picture: base64(picture), heat: base64(heat), worst: beside } };
  });

  adminRoute(RED, "get", "inspection/:node/parts/:number/thumbnail", "read", async ({ params }) => ({
    jpeg: await pictures.small(findPart(find(params.node), params.number), LIMITS.thumbnail),
  }));

  adminRoute(RED, "post", "inspection/:node/parts/:number/label", "write", async ({ params, body, user }) => {
    const found = find(params.node);
    const part = findPart(found, params.number);
    const { label } = (body ?? {}) as { label?: unknown };
    if (label === "handled") {
      part.handled = true;
      return { json: describePart(part) };
    }
    if (label !== "good" && label !== "defect")
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[badLabel] The label is neither "good", "defect" nor "handled": give one of them.`,
      );
    if (part.label === label) return { json: describePart(part) };
    const { score, scoredBy: bank, cause } = part;
    const scored = { score, bank, health: { cause } };
    const counted = found.threshold.label(scored, label === "defect", part.label !== undefined);
    part.label = label;
    found.node.log(`Part ${part.number} (score ${score.toPrecision(3)}) was labelled ${label} by ${user}.`);
    return { json: { ...describePart(part), labels: counted } };
  });

  adminRoute(RED, "post", "inspection/:node/parts/:number/reference", "write", async ({ params, user }) => {
    const { image, mask, bank, name } = shown(RED, findPart(find(params.node), params.number));
    const request = { bank: bank.stored(name), image, distinct: true, actor: { by: user }, ...(mask && { mask }) };
    const { references } = await bank.engine.call("addReference", request);
    return { json: { name: request.bank.name, references } };
  });

  adminRoute(RED, "post", "inspection/:node/replay", "write", async ({ params }) => ({
    json: await replay(RED, find(params.node)),
  }));

  adminRoute(RED, "post", "inspection/:node/threshold", "write", async ({ params, body, user }) => {
    const found = find(params.node);
    const { threshold } = (body ?? {}) as { threshold?: unknown };
    found.threshold.apply(found.pair.facts?.bank, typeof threshold === "number" ? threshold : Number.NaN, user);
    found.node.log(`The threshold was set to ${String(threshold)} by ${user}.`);
    return { json: describePair(found, Date.now()) };
  });

  adminRoute(RED, "post", "inspection/:node/threshold/undo", "write", async ({ params, user }) => {
    const found = find(params.node);
    const taken = found.threshold.undo(found.pair.facts?.bank, user);
    if (!taken)
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[nothingToTakeBack] No threshold was set here: there is nothing to take back.`,
      );
    found.node.log(`The threshold ${taken.threshold} was taken back by ${user}.`);
    return { json: describePair(found, Date.now()) };
  });
}
