import { acquireEngine, type Engine, type EngineOptions, toGoldenSampleError } from "../../lib";
import { userDirectory } from "./backbone-handle";
import { hidePaths } from "./hide-paths";
import type { Runtime } from "./node-red";
import { saveUpload } from "./save-upload";

export interface AdminRequest {
  params: Readonly<Record<string, string>>;
  body: unknown;
  /** Who is logged in to the editor. */
  user: string;
  /** Writes a body that is no JSON to a file as it comes in; see `saveUpload`. */
  save: (path: string) => Promise<void>;
}

/** JSON, a picture, or a file to be kept under `name`; `sent` is called when it is not needed any more. */
export type AdminAnswer =
  | { json: unknown }
  | { jpeg: Buffer }
  | { html: string }
  | { file: string; name: string; sent: () => void };

/**
 * An endpoint for the editor, whose answers name no folder of this machine. The answer to a failure is status 422 with the error's code and sentence.
 * @param permission `golden-sample.` and read or write; who has neither gets 401
 */
export function adminRoute(
  RED: Runtime,
  method: "get" | "post",
  path: string,
  permission: "read" | "write",
  answer: (request: AdminRequest) => Promise<AdminAnswer>,
): void {
  // httpAdminRoot: false in settings.js leaves no admin server at all.
  if (!RED.httpAdmin) return;
  RED.httpAdmin[method](
    `/golden-sample/${path}`,
    RED.auth.needsPermission(`golden-sample.${permission}`),
    (request, response) => {
      answer({
        params: request.params as Record<string, string>,
        body: request.body as unknown,
        user: (request as { user?: { username?: string } }).user?.username ?? "editor",
        save: (path) => saveUpload(request, path),
      }).then(
        (result) => {
          response.set("Cache-Control", "no-store");
          if ("file" in result) response.download(result.file, result.name, () => result.sent());
          else if ("html" in result) response.type("text/html").send(result.html);
          else if ("jpeg" in result) response.type("image/jpeg").send(result.jpeg);
          else response.json(hidePaths(result.json, userDirectory(RED)));
        },
        (thrown: unknown) => {
          const { code, message } = toGoldenSampleError(thrown, "INTERNAL", "The request failed");
          response.status(422).json({ code, message: hidePaths(message, userDirectory(RED)) });
        },
      );
    },
  );
}

/** Borrows the engine for one answer: the editor asks also before anything is deployed. */
export async function withEngine<T>(wanted: EngineOptions | "auto", work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = acquireEngine(wanted === "auto" ? { device: "auto" } : wanted);
  try {
    return await work(engine);
  } finally {
    engine.release();
  }
}
