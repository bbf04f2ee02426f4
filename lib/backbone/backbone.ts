import type { Box } from "../image/crop";
import type { RemoteSettings } from "../runtime/open-inference/settings";
import type { Device, RuntimeName } from "../runtime/types";
import type { Sentence } from "../sentence";
import type { BackboneDescription, DescriptionOverrides } from "./description";
import type { AttentionFacts } from "./fastest";
import type { Fit } from "./fit";
import type { PatchTokens } from "./patch-tokens";
import type { Precision } from "./precision";
import type { InputTensor } from "./preprocess";

/** Which backbone is wanted, and how it is to be run. */
export interface BackboneSpec {
  /** The name of a built-in backbone, or the path of an ONNX file. */
  model: string;
  /** Pixels of the smaller edge that images are brought to. */
  resolution: number;
  /** How images are brought to whole patches; absent: `all`. */
  fit?: Fit | undefined;
  device: Device;
  /** Which of several devices of a kind, from 0. */
  deviceIndex?: number | undefined;
  /** Threads of one inference; 0 takes all cores. */
  threads: number;
  /** Where the model is served; needed with the device `remote`, unused with any other. */
  remote?: RemoteSettings | undefined;
  /** Folder where it is noted what was found out about models, so that a later start need not. */
  notes?: string | undefined;
  /** What the user knows better of an ONNX file than probing finds out. */
  description?: DescriptionOverrides | undefined;
}

/** A loaded backbone's facts, as shown to users and written into banks. */
export interface BackboneInfo extends BackboneDescription {
  /** A built-in backbone's name, or the file's. */
  id: string;
  /**
   * Of the model's bytes, external data included (remote: of what the server says of it): a bank is only scored with
   * the very model it was built with.
   */
  sha256: string;
  /** Pixels of the smaller edge; of a model of fixed size its own, whatever was asked for. */
  resolution: number;
  /** How images are brought to whole patches; to a model's fixed size always with `all`. */
  fit: Fit;
  /** Pixels across of the smallest defect that the frames of a bank are looked at for; see `preprocess`. */
  smallest?: number | undefined;
  /** The part of the frame that the frames of a bank are looked at in; absent: all of it. */
  crop?: Box | undefined;
  device: Device;
  /** Of most of its weights; a server does not say. */
  precision?: Precision;
  /** How its attention runs, where it has any; a server does not say. */
  attention?: AttentionFacts;
  /** What runs it. */
  runtime: Placement;
  /** First principal component above which a patch is foreground (10 in AnomalyDINO, for DINOv2). */
  maskThreshold: number;
  /** False: banks of this backbone look at whole frames where nobody sets the mask, whatever the masking test says. */
  autoMask?: false;
  /** Whether banks of this backbone whiten its tokens by their own statistics. */
  whiten: boolean;
  /** Whether its banks take distances relative to what is typical of the picture (`lib/score/typical-distance.ts`). */
  relative?: true;
  /** The share of the patches that are the worst, of which the image score is the mean; absent: the paper's 1 %. */
  worstShare?: number;
  /** Set where this backbone stands in for another that could not be had. */
  fallback?: Fallback;
}

/** Which runtime and device do the work. */
export interface Placement {
  name: RuntimeName;
  device: Device;
  /** Why it is not a better one that is there, or was hoped for: sentences. */
  reason?: string;
  /** What other languages make the reason from. */
  sentence?: Sentence;
}

/** Which model was wanted, and why it is not there. */
export interface Fallback {
  wanted: string;
  reason: string;
  /** What other languages make the reason from. */
  sentence?: Sentence;
}

export interface Backbone {
  readonly info: BackboneInfo;
  /**
   * Runs the model on one prepared image.
   * @param input planar float32 [3, height, width], of a size that the description allows
   * @returns raw patch tokens, row-major [rows * cols, dimension]
   */
  features(input: InputTensor): Promise<PatchTokens>;
  /** The same for several images of one size in one run; only where the description's `batch` is `dynamic`. */
  featuresOfBatch(inputs: readonly InputTensor[]): Promise<PatchTokens[]>;
  release(): Promise<void>;
}
