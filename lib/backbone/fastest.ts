import { GoldenSampleError } from "../errors";
import { REVISION, type Rewritten, rewriteModel } from "../runtime/rewrite/rewrite";
import type { InferenceRuntime, Session, SessionOptions, Tensor } from "../runtime/types";
import type { DescriptionOverrides } from "./description";
import { readInput } from "./image-input";
import { modelInput } from "./model-input";
import { records } from "./models/records";

/** How a model's attention is computed. */
export interface AttentionFacts {
  /** Attentions in the model. */
  blocks: number;
  /** How many of them run as one operation. */
  whole: number;
  /** Why not all of them, in words. */
  reason?: string;
}

/** Largest difference of an output, as a share of its largest value, up to which two graphs compute the same. */
const TOLERANCE = 1e-4;
/** Whole patches of every usual size, and not square, for the sides must not be mixed up. */
const PROBE = { height: 224, width: 448 };

export interface ModelToOpen {
  model: string;
  /** Of the model, for the note; "" where nothing is to be noted. */
  sha256: string;
  /** Folder of the notes. */
  notes: string | undefined;
  said: DescriptionOverrides | undefined;
  options: SessionOptions;
}

/**
 * Opens an ONNX file, rewritten (`rewriteModel`) where it then runs faster and gives the same. That it does is found out
 * by running both once, and noted by the model's hash.
 * @param open the session of a model as it is in the file
 * @throws what `open` throws
 */
export async function openFastest(
  runtime: InferenceRuntime,
  given: ModelToOpen,
  open: () => Promise<Session>,
): Promise<{ session: Session; attention?: AttentionFacts }> {
  const { model, sha256, notes, options } = given;
  const rewritten = rewrite(model);
  if (!rewritten) return { session: await open() };
  const { attentions: blocks, whole } = rewritten;
  const facts = (count: number, reason?: string) =>
    blocks === 0 ? {} : { attention: { blocks, whole: count, ...(reason !== undefined && { reason }) } };
  const unknown = whole < blocks ? "the form of the others is not known, so they run as the file has them" : undefined;
  if (!rewritten.model) return { session: await open(), ...facts(whole, whole < blocks ? FORM : undefined) };
  if ((options.device ?? "cpu") !== "cpu") return { session: await open(), ...facts(0, "done on the CPU alone") };

  const fast = () => runtime.createSession(rewritten.model!, { ...options, weights: model });
  const key = { sha256, revision: REVISION, runtime: `${runtime.name} ${runtime.version}` };
  const known = notes === undefined || sha256 === "" ? undefined : await records.rewrite(notes, key);
  const plain = async () => ({ session: await open(), ...facts(0, "rewritten it does not give the same here") });
  if (known === false) return plain();
  if (known === true) {
    const session = await fast().catch(() => undefined);
    return session ? { session, ...facts(whole, unknown) } : plain();
  }
  const first = await open();
  const expected = await outputsOf(first, given.said);
  // What it is that does not run, probing says.
  if (!expected) return { session: first };
  // One after the other, for two of a large model may not fit.
  await first.release();
  const session = await fast().catch(() => undefined);
  const found = session && (await outputsOf(session, given.said));
  const same = found !== undefined && agree(found, expected);
  if (notes !== undefined && sha256 !== "") await records.addRewrite(notes, { ...key, same });
  if (same) return { session: session!, ...facts(whole, unknown) };
  await session?.release();
  return plain();
}

const FORM = "their form is not known, so they run as the file has them";

/** A file that cannot be taken apart is left to the runtime, which says better what is wrong with it. */
function rewrite(model: string): Rewritten | undefined {
  try {
    return rewriteModel(model);
  } catch {
    return undefined;
  }
}

/** All that the model gives for a test pattern; undefined where it does not run. */
async function outputsOf(
  session: Session,
  said: DescriptionOverrides = {},
): Promise<Record<string, Tensor> | undefined> {
  try {
    const input = readInput(session, said, (why) => new GoldenSampleError("BAD_BACKBONE", why));
    const { height, width } = input.size ?? sizeOf(input.multiple);
    const data = Float32Array.from({ length: 3 * height * width }, (_, i) => Math.sin(0.13 * i) + Math.cos(0.0371 * i));
    const outputs = await session.run({ [input.name]: modelInput({ height, width, data }, input) });
    // A session's own memory may be used anew by its next run.
    return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, copy(tensor)]));
  } catch {
    return undefined;
  }
}

const copy = (tensor: Tensor) => ({ ...tensor, data: tensor.data.slice() }) as Tensor;

function sizeOf(multiple: number) {
  const fitted = (side: number) => Math.ceil(side / multiple) * multiple;
  return { height: fitted(PROBE.height), width: fitted(PROBE.width) };
}

function agree(found: Record<string, Tensor>, expected: Record<string, Tensor>): boolean {
  return Object.entries(expected).every(([name, { data, type }]) => {
    const other = found[name]?.data;
    if (other?.length !== data.length) return false;
    if (type !== "float32") return data.every((value, i) => value === other[i]);
    let [largest, difference] = [0, 0];
    for (const [i, value] of data.entries()) {
      largest = Math.max(largest, Math.abs(value));
      difference = Math.max(difference, Math.abs(value - (other[i] as number)));
    }
    // NaN compares as false.
    return difference <= TOLERANCE * largest;
  });
}
