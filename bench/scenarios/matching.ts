import { createIndexer } from "../../lib/bank/search";
import { writeOnnxModel } from "../../lib/runtime/onnx-graph";
import type { InferenceRuntime, Session } from "../../lib/runtime/types";
import { pair } from "../measure";
import type { Scenario } from "../scenario";
import { BANK_ROWS } from "../setting";

const QUERIES = 1024;
/** Of a DINOv2 ViT-S. */
const DIMENSION = 384;

/**
 * Exact search, neighbours and indices out, and the same with the reverse question answered besides (missing parts),
 * against the matrix product alone, of which a single column is handed out.
 */
export const matching: Scenario = {
  name: "matching",
  about: `nearest neighbours of ${QUERIES} patches among ${BANK_ROWS}, against the matrix product alone`,
  bars: [
    { figure: "ratio", what: "matching / matrix product", atMost: 1.3 },
    { figure: "mutualRatio", what: "matching in both directions / matrix product", atMost: 1.5 },
  ],
  async run({ runtime, rounds, backbone: { threads } }) {
    const [bank, queries] = [noise(BANK_ROWS), noise(QUERIES)];
    const indexer = createIndexer(runtime, threads);
    const index = await indexer.index(bank, DIMENSION, "cosine", 1);
    const product = await productSession(runtime, threads);
    const feeds = {
      a: { type: "float32", data: queries, dims: [QUERIES, DIMENSION] },
      b: { type: "float32", data: bank, dims: [BANK_ROWS, DIMENSION] },
    } as const;
    const bareProduct = () => product.run(feeds);
    const { ours, bare, ratio, cpuRatio } = await pair(rounds, () => index.search(queries), bareProduct);
    const mutual = await pair(rounds, () => index.search(queries, { reverse: true }), bareProduct);
    await product.release();
    await indexer.release();
    return {
      matching: ours,
      product: bare,
      ratio,
      cpuRatio,
      mutual: mutual.ours,
      mutualRatio: mutual.ratio,
      mutualCpuRatio: mutual.cpuRatio,
    };
  },
};

const noise = (rows: number) => Float32Array.from({ length: rows * DIMENSION }, (_, i) => Math.sin(i * 12.9898) % 1);

function productSession(runtime: InferenceRuntime, threads: number): Promise<Session> {
  const model = writeOnnxModel({
    name: "product",
    inputs: [
      { name: "a", type: "float32", dims: [QUERIES, DIMENSION] },
      { name: "b", type: "float32", dims: [BANK_ROWS, DIMENSION] },
    ],
    outputs: [{ name: "column", type: "float32", dims: [QUERIES, 1] }],
    constants: {
      first: { type: "int64", data: BigInt64Array.of(0n), dims: [1] },
      second: { type: "int64", data: BigInt64Array.of(1n), dims: [1] },
    },
    nodes: [
      { op: "Gemm", inputs: ["a", "b"], outputs: ["product"], attributes: { transB: 1 } },
      { op: "Slice", inputs: ["product", "first", "second", "second"], outputs: ["column"] },
    ],
  });
  return runtime.createSession(model, { threads });
}
