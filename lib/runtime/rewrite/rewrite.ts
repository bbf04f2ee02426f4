import { fuseAttention, type Replacement } from "./attention";
import { GraphView } from "./graph";
import type { Node } from "./node";
import { readOnnxFile } from "./onnx-file";
import { fuseResize } from "./position";

/** Goes up with every change of what is written, for what was said of an earlier one says nothing of this. */
export const REVISION = 1;

/** Operations that an attention is already one of. */
const WHOLE = ["Attention", "MultiHeadAttention", "GroupQueryAttention"];

export interface Rewritten {
  /** The model, its matrices left in the file: see `SessionOptions.weights`. Absent where there is nothing to do better. */
  model?: Buffer;
  /** Attentions in the model, and how many of them are one operation. */
  attentions: number;
  whole: number;
}

/**
 * Writes a model so that it runs faster and computes the same: each attention as one operation, the position embedding's
 * enlargement as two products. Bias, GELU and layer normalisation onnxruntime puts together by itself when it loads.
 * @param path of an ONNX file
 * @throws {RangeError} where it is no ONNX model; what the file system throws
 */
export function rewriteModel(path: string): Rewritten {
  const file = readOnnxFile(path);
  const graph = new GraphView(file);
  const replacements = new Map<Node, Replacement>();
  let [attentions, whole] = [0, 0];
  for (const node of file.nodes) {
    const replacement =
      node.op === "Softmax" ? fuseAttention(graph, node) : node.op === "Resize" ? fuseResize(graph, node) : undefined;
    if (replacement) replacements.set(replacement.last, replacement);
    if (node.op === "Softmax" || WHOLE.includes(node.op)) attentions++;
    if (WHOLE.includes(node.op) || (replacement && node.op === "Softmax")) whole++;
  }
  if (replacements.size === 0) return { attentions, whole };
  const nodes = file.nodes.flatMap((node) => replacements.get(node)?.nodes ?? [node]);
  return { model: file.withNodes(nodes), attentions, whole };
}
