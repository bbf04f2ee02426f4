import { firstSentence, GoldenSampleError } from "../errors";
import { sentence } from "../sentence";
import { type DescriptionOverrides, descriptionOverrides } from "./description";

/**
 * Reads a description as users write it.
 * @param given JSON text, or what it says
 * @throws {GoldenSampleError} BAD_REQUEST naming the first thing that is wrong
 */
export function readDescription(given: unknown): DescriptionOverrides {
  let value = given;
  try {
    if (typeof given === "string") value = JSON.parse(given);
  } catch (thrown) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[descriptionNoJson] The backbone's description is no JSON (${{ why: firstSentence(thrown) }}): write it like {"outputs": ["layer2", "layer3"]}.`,
      { cause: thrown },
    );
  }
  const { success, data, error } = descriptionOverrides.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  const why = issue?.message ?? "";
  throw new GoldenSampleError(
    "BAD_REQUEST",
    issue?.path.length
      ? sentence`[descriptionUnusableAt] The backbone's description cannot be used at ${{ place: issue.path.join(".") }} (${{ why }}): correct it or leave that out.`
      : sentence`[descriptionUnusable] The backbone's description cannot be used (${{ why }}): correct it or leave that out.`,
    { cause: error },
  );
}
