import { readFile } from "node:fs/promises";
import { GoldenSampleError, sentence } from "../../lib";
import { adminRoute } from "../shared/admin-route";
import { findBank } from "../shared/bank-handle";
import { nextFrame } from "../shared/frame-news";
import type { Runtime } from "../shared/node-red";
import { withUpload } from "../shared/temporary-file";

/** Milliseconds that the dialog waits for a frame. */
const PATIENCE = 20_000;
/** Pixels of the longer edge of a frame to draw on. */
const EDGE = 960;

/** Endpoints for the dialog; `:bank` is the id of a deployed bank node. */
export function maskRoutes(RED: Runtime): void {
  adminRoute(RED, "get", "mask/:bank/frame", "read", async ({ params }) => {
    const bank = findBank(RED, params.bank);
    const frame = await nextFrame(RED, params.bank ?? "", PATIENCE);
    if (!frame) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[noFrameCame] No frame came to a node of this bank within ${{ seconds: PATIENCE / 1000 }} seconds: send one through the flow, and try again.`,
      );
    }
    const { picture } = await bank.engine.call("picture", { image: frame.image, edge: EDGE });
    return { json: { picture: picture.toString("base64") } };
  });

  adminRoute(RED, "post", "mask/:bank/foreground/:mode", "write", async (request) => {
    const bank = findBank(RED, request.params.bank);
    const foreground = request.params.mode === "on" ? "on" : "auto";
    return withUpload(request, "", async (file) => {
      const image = { kind: "encoded" as const, data: await readFile(file) };
      const { backbone, settings } = bank;
      const asked = { image, backbone, bank: bank.location(), smallest: settings.smallest, foreground } as const;
      const { rows, cols, data, area, foreground: decision } = await bank.engine.call("mask", asked);
      const grid = { rows, cols, data: data.toString("base64"), ...(area && { area }) };
      return { json: { ...grid, applied: decision.applied } };
    });
  });
}
