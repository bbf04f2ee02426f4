import { liteBackbone } from "./lite";
import type { BuiltInBackbone } from "./model";
import type { BuiltInName } from "./names";
import { textureBackbone } from "./texture";

const BACKBONES: Readonly<Record<BuiltInName, () => Promise<BuiltInBackbone>>> = {
  lite: liteBackbone,
  texture: async () => textureBackbone(),
};

/** @throws {GoldenSampleError} BAD_BACKBONE where the package's own file is missing or damaged */
export const builtInBackbone = (name: BuiltInName): Promise<BuiltInBackbone> => BACKBONES[name]();
