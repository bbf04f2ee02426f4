// placeholder until the real one is written (owner: texture helper); overwrite me
export interface TextureBackbone {
  model: Buffer;
  patchSize: number;
  dimension: number;
  mean: readonly [number, number, number];
  standardDeviation: readonly [number, number, number];
  maskThreshold: number;
  whiten: boolean;
  resolution: number;
}
export function textureBackbone(): TextureBackbone {
  throw new Error("not there yet");
}
