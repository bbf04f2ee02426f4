import { GoldenSampleError } from "../../lib";
import { say, type Translator } from "./language";

/** An error as users of this Node-RED read it, with the English one as its cause where they differ. */
export function inLanguage(RED: Translator, error: GoldenSampleError): GoldenSampleError {
  if (!error.sentence) return error;
  const said = say(RED, error.sentence);
  return said === error.sentence.text ? error : new GoldenSampleError(error.code, said, { cause: error });
}
