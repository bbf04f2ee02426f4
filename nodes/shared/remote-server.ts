import { resolve } from "node:path";
import { GoldenSampleError, type RequestInput, sentence } from "../../lib";
import { number, text } from "./config";

type RemoteServer = NonNullable<RequestInput<"describe">["backbone"]["remote"]>;

/**
 * The inference server in a backbone's settings.
 * @param directory what a relative path of the CA file starts from
 * @throws {GoldenSampleError} BAD_REQUEST where a setting cannot be used
 */
export function remoteServer(
  config: Readonly<Record<string, unknown>>,
  token: string,
  directory: string,
): RemoteServer {
  const endpoints = text(config.endpoints, "")
    .split(/[\s,]+/)
    .filter(Boolean);
  if (endpoints.length === 0) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[noInferenceServer] The backbone has no inference server: enter at least one endpoint, such as http://triton:8000.`,
    );
  }
  const model = text(config.remoteModel, "");
  if (model === "") {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[noRemoteModel] The backbone has no model name: enter the name that the inference server has it under.`,
    );
  }
  const [version, ca] = [text(config.remoteVersion, ""), text(config.ca, "")];
  const timeout = number(config.remoteTimeout, 30_000, "Time-out", { from: 1, to: 600_000, whole: true });
  return {
    endpoints,
    model,
    timeout,
    ...(version !== "" && { version }),
    ...(ca !== "" && { ca: resolve(directory, ca) }),
    ...(token !== "" && { token }),
  };
}
