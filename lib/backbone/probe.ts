import { firstSentence, GoldenSampleError } from "../errors";
import type { Session } from "../runtime/types";
import { type Sentence, sentence } from "../sentence";
import { deduceOutput, type ProbeRun } from "./deduce-output";
import type { BackboneDescription, BackboneOutput, Combine, DescriptionOverrides, InputSize } from "./description";
import { type DeclaredInput, readInput } from "./image-input";
import { modelInput } from "./model-input";

/** Multiple of every usual patch size (7, 8, 14, 16, 28, 32), so that any of them divides the probe images. */
const SHORT = 224;
/** Mean and deviation of ImageNet, which DINOv2 and nearly every published backbone were trained with. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225] } as const;
/** Where several outputs would do, the exports' usual names for the final patch tokens, best first. */
const PREFERRED = ["patch_tokens", "x_norm_patchtokens", "last_hidden_state", "output", "features"];

/**
 * Finds out how a model is to be run as a backbone: the input from what the file declares, the outputs by running it
 * on blank images, two where its size is free and one where it is fixed.
 * @param file what the model is called, for errors
 * @param said what the user knows better
 * @throws {GoldenSampleError} BAD_BACKBONE with what was found instead
 */
export async function probeBackbone(
  session: Session,
  file: string,
  said: DescriptionOverrides = {},
): Promise<BackboneDescription> {
  const refuse = (why: Sentence, cause?: unknown) =>
    new GoldenSampleError(
      "BAD_BACKBONE",
      sentence`[notABackbone] ${{ file }} cannot be used as a backbone: ${{ why }}`,
      {
        cause,
      },
    );
  const input = readInput(session, said, refuse);
  const candidates = candidateOutputs(session, said, refuse);
  const runs = await probe(session, input, candidates, refuse);
  const outputs = chooseOutputs(said, input, candidates, runs, refuse);
  const patchSize = Math.min(...outputs.map((output) => output.patchSize));
  const { combine } = said;
  const dimension = dimensionOf(outputs, combine, refuse);
  if (said.dimension !== undefined && said.dimension !== dimension)
    throw refuse(
      sentence`[otherDimension] it gives ${{ dimension }} numbers a patch, where the description says ${{ said: said.dimension }}; correct it.`,
    );
  const size: InputSize = input.size ?? { kind: "dynamic", multiple: multipleOf(said, outputs, refuse) };
  const { name: inputName, inputType, layout, batch } = input;
  const { mean = IMAGENET.mean, standardDeviation = IMAGENET.standardDeviation } = said;
  const facts = { inputName, inputType, layout, size, batch, mean, standardDeviation, outputs, patchSize, dimension };
  return { ...facts, ...(combine && { combine }) };
}

type Refuse = (why: Sentence, cause?: unknown) => GoldenSampleError;

/** Those that can be features at all; a named one must be among them. */
function candidateOutputs(session: Session, { outputs }: DescriptionOverrides, refuse: Refuse): string[] {
  const floats = session.outputs.filter(({ type }) => type === "float32" || type === "float16").map(({ name }) => name);
  const all = session.outputs.map(({ name, type }) => `${name} ${type}`).join(", ");
  const unknown = outputs?.find(({ name }) => !floats.includes(name));
  if (unknown)
    throw refuse(
      sentence`[noSuchOutput] it has no output of numbers named ${{ output: unknown.name }}; choose among ${{ outputs: all }}.`,
    );
  if (floats.length === 0) throw refuse(sentence`[noFloats] it gives no float numbers but ${{ outputs: all }}.`);
  return outputs ? outputs.map(({ name }) => name) : floats;
}

async function probe(session: Session, input: DeclaredInput, names: string[], refuse: Refuse): Promise<ProbeRun[]> {
  const { size, multiple } = input;
  const short = Math.ceil(SHORT / multiple) * multiple;
  const sizes = size
    ? [size]
    : [
        { height: short, width: short },
        { height: short, width: 2 * short },
      ];
  const runs: ProbeRun[] = [];
  for (const { height, width } of sizes) {
    const blank = { height, width, data: new Float32Array(3 * height * width) };
    try {
      const outputs = await session.run({ [input.name]: modelInput(blank, input) }, names);
      runs.push({ height, width, outputs });
    } catch (thrown) {
      // A server that cannot be had says nothing about the model.
      if (thrown instanceof GoldenSampleError && thrown.code !== "BAD_BACKBONE") throw thrown;
      const why = firstSentence(thrown);
      throw refuse(
        size
          ? sentence`[doesNotRunFixed] it does not run on a ${{ height }} x ${{ width }} image (${{ why }}); export it again.`
          : sentence`[doesNotRunOn] it does not run on a ${{ height }} x ${{ width }} image (${{ why }}); export it with dynamic height and width, or give its only size in the description ("size": {"kind": "fixed", "height": 224, "width": 224}).`,
        thrown,
      );
    }
  }
  return runs;
}

function chooseOutputs(
  said: DescriptionOverrides,
  { layout }: DeclaredInput,
  candidates: readonly string[],
  runs: readonly ProbeRun[],
  refuse: Refuse,
): readonly [BackboneOutput, ...BackboneOutput[]] {
  const shapeOf = (name: string) => `${name} [${runs[0]!.outputs[name]!.dims.join(", ")}]`;
  if (said.outputs) {
    const single = said.outputs.length === 1;
    const [first, ...rest] = said.outputs.map((item) => {
      const patchSize = item.patchSize ?? (single ? said.patchSize : undefined);
      const output = deduceOutput({ ...item, patchSize }, runs, layout);
      if (output) return output;
      throw refuse(
        sentence`[noSuchPatches] its output ${{ output: shapeOf(item.name) }} gives no patches of the kind, size and token count that the description says; leave these out or correct them.`,
      );
    });
    return [first!, ...rest];
  }
  const found = candidates.flatMap((name) => deduceOutput({ name, patchSize: said.patchSize }, runs, layout) ?? []);
  const chosen = PREFERRED.flatMap((name) => found.filter((output) => output.name === name))[0] ?? found[0];
  if (chosen && (found.length === 1 || PREFERRED.includes(chosen.name))) return [chosen];
  const names = found.map((output) => output.name);
  throw refuse(
    found.length === 0
      ? sentence`[noPatchTokens] none of its outputs is [1, tokens, dimension] with one token a patch or a feature map [1, channels, rows, cols]; it has ${{ outputs: candidates.map(shapeOf).join(", ") }}.`
      : sentence`[severalOutputs] several outputs could be the patch tokens (${{ outputs: names.join(", ") }}); name in the description the one wanted, or several to join ("outputs": ${{ example: JSON.stringify(names.slice(0, 2)) }}).`,
  );
}

/** Numbers a patch; a mean can only be had of layers that have as many each. */
function dimensionOf(outputs: readonly BackboneOutput[], combine: Combine | undefined, refuse: Refuse): number {
  const all = outputs.map((output) => output.dimension);
  if (combine !== "mean") return all.reduce((sum, each) => sum + each, 0);
  if (new Set(all).size === 1) return all[0]!;
  throw refuse(
    sentence`[noMean] its outputs have ${{ dimensions: all.join(", ") }} numbers a patch, of which there is no mean; set "combine": "concatenate".`,
  );
}

/** Pixels that sides are multiples of, so that every output's grid comes out even. */
function multipleOf({ size }: DescriptionOverrides, outputs: readonly BackboneOutput[], refuse: Refuse): number {
  const needed = outputs.map((output) => output.patchSize).reduce(commonMultiple);
  if (size?.kind !== "dynamic") return needed;
  if (size.multiple % needed === 0) return size.multiple;
  throw refuse(
    sentence`[otherMultiple] its sides must be multiples of ${{ pixels: needed }} px, where the description says ${{ said: size.multiple }}; correct it.`,
  );
}

function commonMultiple(a: number, b: number): number {
  let multiple = Math.max(a, b);
  while (multiple % a !== 0 || multiple % b !== 0) multiple += Math.max(a, b);
  return multiple;
}
