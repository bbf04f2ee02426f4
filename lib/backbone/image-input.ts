import type { GoldenSampleError } from "../errors";
import type { Session } from "../runtime/types";
import { type Sentence, sentence } from "../sentence";
import type { BackboneDescription, DescriptionOverrides } from "./description";

/** The image input as the file declares it, or as the user says where the file leaves it open. */
export interface DeclaredInput {
  name: string;
  inputType: BackboneDescription["inputType"];
  layout: BackboneDescription["layout"];
  batch: BackboneDescription["batch"];
  /** Absent: any size whose sides are multiples of `multiple`. */
  size: { kind: "fixed"; height: number; width: number } | undefined;
  multiple: number;
}

const fixedTo = (dim: number | string | undefined) => (typeof dim === "number" && dim > 0 ? dim : undefined);

/** @throws what `refuse` makes, where the model takes anything but one image */
export function readInput(
  session: Session,
  said: DescriptionOverrides,
  refuse: (why: Sentence) => GoldenSampleError,
): DeclaredInput {
  const [input, ...others] = session.inputs;
  if (input === undefined || others.length > 0) {
    throw refuse(
      sentence`[severalInputs] it has ${{ number: session.inputs.length }} inputs (${{ inputs: session.inputs.map((item) => item.name).join(", ") }}); one image is expected.`,
    );
  }
  const { name, type, dims } = input;
  const declared = `${name} ${type} [${dims.join(", ")}]`;
  if (type !== "float32" && type !== "float16")
    throw refuse(
      sentence`[inputType] its input is ${{ input: declared }}; an image in float32 or float16 is expected.`,
    );
  const layout = said.layout ?? (dims[3] === 3 && dims[1] !== 3 ? "NHWC" : "NCHW");
  const channels = fixedTo(layout === "NCHW" ? dims[1] : dims[3]) ?? 3;
  if (dims.length !== 4 || channels !== 3) {
    throw refuse(
      sentence`[inputShape] its input is ${{ input: declared }}; [batch, 3, height, width] is expected, or [batch, height, width, 3].`,
    );
  }
  const images = fixedTo(dims[0]);
  if (images !== undefined && images !== 1)
    throw refuse(
      sentence`[inputImages] its input is ${{ input: declared }}, always ${{ images }} images; export it for one image or any number.`,
    );
  const batch = images === undefined ? "dynamic" : 1;
  for (const [key, is] of Object.entries({ inputName: name, inputType: type, batch }) as [keyof typeof said, unknown][])
    if (said[key] !== undefined && said[key] !== is)
      throw refuse(
        sentence`[inputDiffers] its ${{ key }} is ${{ is: String(is) }}, where the description says ${{ said: String(said[key]) }}; correct it.`,
      );
  const [height, width] = (layout === "NCHW" ? [dims[2], dims[3]] : [dims[1], dims[2]]).map(fixedTo);
  const wanted = said.size;
  const fits =
    wanted?.kind === "fixed"
      ? (height ?? wanted.height) === wanted.height && (width ?? wanted.width) === wanted.width
      : wanted === undefined || (height === undefined && width === undefined);
  if (!fits)
    throw refuse(
      sentence`[inputSize] its input is ${{ input: declared }}, which is not the size that the description says; correct it.`,
    );
  const common = {
    name,
    inputType: type,
    layout,
    batch,
    multiple: wanted?.kind === "dynamic" ? wanted.multiple : 1,
  } as const;
  if (wanted?.kind === "fixed") return { ...common, size: wanted };
  if (height !== undefined && width !== undefined) return { ...common, size: { kind: "fixed", height, width } };
  if (height === undefined && width === undefined) return { ...common, size: undefined };
  throw refuse(
    sentence`[inputHalfFixed] its input is ${{ input: declared }}, fixed on one side only; give its whole size in the description ("size": {"kind": "fixed", "height": ${{ height: (height ?? width)! }}, "width": ${{ width: (width ?? height)! }}}).`,
  );
}
