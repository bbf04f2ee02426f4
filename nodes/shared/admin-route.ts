import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { acquireEngine, type Engine, type EngineOptions, sentence, toGoldenSampleError } from "../../lib";
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

/** One picture after the other, until nobody looks any more. `show` resolves once the picture has been taken. */
export type PictureStream = (show: (jpeg: Buffer) => Promise<void>, gone: AbortSignal) => Promise<void>;

/** JSON, a page, a picture, pictures without end, or a file to be kept under `name`; `sent` is called when it is not needed any more. */
export type AdminAnswer =
  | { json: unknown }
  | { jpeg: Buffer }
  | { html: string }
  | { pictures: PictureStream }
  | { file: string; name: string; sent: () => void };

/**
 * An endpoint for the editor, whose answers name no folder of this machine. The answer to a failure is status 422 with the error's code and sentence, and what the editor says it with in its user's language.
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
          if ("pictures" in result) void sendPictures(response, result.pictures);
          else if ("file" in result) response.download(result.file, result.name, () => result.sent());
          else if ("html" in result) response.type("text/html").send(result.html);
          else if ("jpeg" in result) response.type("image/jpeg").send(result.jpeg);
          else response.json(hidePaths(result.json, userDirectory(RED)));
        },
        (thrown: unknown) => {
          const failed = sentence`[requestFailed] The request failed`;
          const { code, message, sentence: said } = toGoldenSampleError(thrown, "INTERNAL", failed);
          const answer = { code, message, ...(said && { sentence: said }) };
          response.status(422).json(hidePaths(answer, userDirectory(RED)));
        },
      );
    },
  );
}

/** Motion JPEG, which panels without a browser show, too. */
async function sendPictures(response: ServerResponse, pictures: PictureStream): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  response.setHeader("Content-Type", "multipart/x-mixed-replace; boundary=frame");
  const show = async (jpeg: Buffer) => {
    const head = `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`;
    if (response.write(Buffer.concat([Buffer.from(head), jpeg, Buffer.from("\r\n")])) || gone.signal.aborted) return;
    // By the signal, which takes the listeners along: of two that race, one would stay behind for each picture of days.
    await once(response, "drain", { signal: gone.signal });
  };
  // What fails here ends the stream; the panel asks again.
  await pictures(show, gone.signal).catch(() => undefined);
  response.end();
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
