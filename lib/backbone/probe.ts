import { firstSentence, GoldenSampleError } from "../errors";
import type { Session, Tensor } from "../runtime/types";

/** What a model's file does not say and a probe run does. */
export interface ProbedLayout {
  inputName: string;
  outputName: string;
  patchSize: number;
  dimension: number;
  /** Class and register tokens before the patch tokens: dropped. */
  leadingTokens: number;
}

/** Multiples of every usual patch size (7, 8, 14, 16, 28, 32), so that any of them divides the probe images. */
const SHORT = 224;
const LONG = 448;
/** Where several outputs would do, the exports' usual names for the final patch tokens, best first. */
const PREFERRED = ["patch_tokens", "x_norm_patchtokens", "last_hidden_state", "output", "features"];

/**
 * Finds out, by running the model on two blank images of different size, which output holds the patch tokens, how
 * large a patch is and how many tokens precede them.
 *
 * With p the patch size and r the leading tokens, an image of h x w gives r + h w / p^2 tokens: two sizes, two
 * unknowns.
 * @throws {GoldenSampleError} BAD_BACKBONE with what was found instead
 */
export async function probeLayout(session: Session, file: string): Promise<ProbedLayout> {
  const refuse = (why: string, cause?: unknown) =>
    new GoldenSampleError("BAD_BACKBONE", `${file} cannot be used as a backbone: ${why}`, { cause });
  const inputName = imageInput(session, refuse);
  let small: Record<string, Tensor>;
  let large: Record<string, Tensor>;
  try {
    small = await session.run({ [inputName]: blank(SHORT, SHORT) });
    large = await session.run({ [inputName]: blank(SHORT, LONG) });
  } catch (thrown) {
    // A server that cannot be had says nothing about the model.
    if (thrown instanceof GoldenSampleError && thrown.code !== "BAD_BACKBONE") throw thrown;
    throw refuse(
      `it does not run on a ${SHORT} x ${LONG} image (${firstSentence(thrown)}); export it with dynamic height and width.`,
      thrown,
    );
  }
  const found = Object.keys(small).flatMap((outputName) => {
    const layout = deduce(small[outputName]!, large[outputName]!);
    return layout ? [{ inputName, outputName, ...layout }] : [];
  });
  const chosen = [...PREFERRED.flatMap((name) => found.filter((item) => item.outputName === name)), ...found][0];
  if (chosen && (found.length === 1 || PREFERRED.includes(chosen.outputName))) return chosen;
  const shapes = Object.entries(small).map(([name, tensor]) => `${name} [${tensor.dims.join(", ")}]`);
  throw refuse(
    found.length === 0
      ? `none of its outputs is [batch, tokens, dimension] with one token a patch; it has ${shapes.join(", ")}.`
      : `several outputs could be the patch tokens (${found.map((item) => item.outputName).join(", ")}); export only the one wanted.`,
  );
}

function imageInput(session: Session, refuse: (why: string) => GoldenSampleError): string {
  const [input, ...others] = session.inputs;
  if (input === undefined || others.length > 0) {
    throw refuse(
      `it has ${session.inputs.length} inputs (${session.inputs.map((item) => item.name).join(", ")}); one image is expected.`,
    );
  }
  const declared = `${input.name} ${input.type} [${input.dims.join(", ")}]`;
  if (input.type !== "float32") throw refuse(`its input is ${declared}; float32 is expected.`);
  if (input.dims.length !== 4 || (typeof input.dims[1] === "number" && input.dims[1] > 0 && input.dims[1] !== 3)) {
    throw refuse(`its input is ${declared}; [batch, 3, height, width] is expected.`);
  }
  const fixed = input.dims.slice(2).some((dim) => typeof dim === "number" && dim > 0);
  if (fixed) throw refuse(`its input is ${declared}, one fixed size; export it with dynamic height and width.`);
  return input.name;
}

function deduce(small: Tensor, large: Tensor): Omit<ProbedLayout, "inputName" | "outputName"> | undefined {
  if (small.type !== "float32" || small.dims.length !== 3 || large.dims.length !== 3) return undefined;
  const [tokens, dimension] = [small.dims[1]!, small.dims[2]!];
  const more = large.dims[1]! - tokens;
  if (more <= 0 || large.dims[2] !== dimension) return undefined;
  const patchSize = Math.sqrt((SHORT * (LONG - SHORT)) / more);
  if (!Number.isInteger(patchSize)) return undefined;
  const leadingTokens = tokens - (SHORT / patchSize) ** 2;
  return leadingTokens >= 0 && Number.isInteger(leadingTokens) ? { patchSize, dimension, leadingTokens } : undefined;
}

function blank(height: number, width: number): Tensor {
  return { type: "float32", data: new Float32Array(3 * height * width), dims: [1, 3, height, width] };
}
