/**
 * Frees what the last piece of work left behind, where the process runs with a memory budget (`--expose-gc`, see
 * child.ts); elsewhere does nothing. Tensors and pictures lie outside JavaScript's heap, so that V8 sees no reason
 * to collect them before there are 64 MB of them in each thread. A collection of the young ones takes a millisecond.
 */
export function collectGarbage(): void {
  const { gc } = globalThis as { gc?: (options: { type: "minor" }) => void };
  gc?.({ type: "minor" });
}
