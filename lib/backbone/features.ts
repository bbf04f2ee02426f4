import { GoldenSampleError } from "../errors";
import { fromHalf } from "../runtime/float16";
import type { Session, Tensor } from "../runtime/types";
import { sentence } from "../sentence";
import { slice, stack } from "./batch";
import type { BackboneDescription, BackboneOutput } from "./description";
import { joinTokens } from "./join";
import { modelInput, transpose } from "./model-input";
import type { PatchTokens } from "./patch-tokens";
import type { InputTensor } from "./preprocess";

/**
 * Runs a model as its description says.
 * @param file what the model is called, for errors
 * @returns the patch features of each prepared image, which must be of one size; those of several outputs joined
 */
export function featureReader(
  session: Session,
  description: BackboneDescription,
  file: string,
): (inputs: readonly InputTensor[]) => Promise<PatchTokens[]> {
  const { inputName, outputs, combine } = description;
  const names = outputs.map((output) => output.name);
  return async (inputs) => {
    const fed = stack(inputs.map((input) => modelInput(input, description)));
    const results = await session.run({ [inputName]: fed }, names);
    return inputs.map((input, i) => {
      const own = (name: string) => slice(results[name]!, i, inputs.length);
      const layers = outputs.map((output) => patchTokens(own(output.name), output, input, file));
      return layers.length === 1 ? layers[0]! : joinTokens(layers, combine);
    });
  };
}

function patchTokens(tensor: Tensor, output: BackboneOutput, { height, width }: InputTensor, file: string) {
  const values = floats(tensor);
  const { dimension, patchSize } = output;
  if (output.kind === "map") {
    const [, a = 0, b = 0, c = 0] = tensor.dims;
    const [rows, cols, channels] = output.layout === "NCHW" ? [b, c, a] : [a, b, c];
    // A server may have got another model by now.
    if (channels !== dimension || rows * cols === 0 || values.length !== rows * cols * dimension) {
      throw new GoldenSampleError(
        "BAD_BACKBONE",
        sentence`[mapMismatch] ${{ model: file }} gave a map of ${{ shape: tensor.dims.join(" x ") }} where one of ${{ channels: dimension }} channels was expected: check that the model was not replaced, and load it again.`,
      );
    }
    const data = output.layout === "NCHW" ? transpose(values, dimension, rows * cols) : values;
    return { rows, cols, dimension, data };
  }
  const [rows, cols] = [height / patchSize, width / patchSize];
  const data = values.subarray(output.leadingTokens * dimension, values.length - output.trailingTokens * dimension);
  if (data.length !== rows * cols * dimension) {
    throw new GoldenSampleError(
      "BAD_BACKBONE",
      sentence`[tokenMismatch] ${{ model: file }} gave ${{ tokens: data.length / dimension }} patch tokens for a grid of ${{ rows }} x ${{ cols }}: it is not a backbone of one token a patch.`,
    );
  }
  return { rows, cols, dimension, data };
}

function floats(tensor: Tensor): Float32Array {
  if (tensor.type === "float16") return fromHalf(tensor.data);
  return tensor.data as Float32Array;
}
