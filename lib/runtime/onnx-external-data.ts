import { readTensorOutlines } from "./onnx-tensors";

/**
 * The files that an ONNX model keeps weights in besides its own (external data).
 * @returns `location`s as the model gives them, relative to its folder, sorted; none for what is no ONNX file
 */
export function externalDataFiles(path: string): string[] {
  const locations = readTensorOutlines(path).flatMap(({ location }) => location ?? []);
  return [...new Set(locations)].sort();
}
