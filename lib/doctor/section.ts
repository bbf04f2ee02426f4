import type { Engine, RequestInput } from "../engine/requests";

/** What a section looks at. */
export interface Patient {
  engine: Engine;
  backbone: RequestInput<"describe">["backbone"];
  /** Frames a second that are wanted. */
  rate?: number | undefined;
  /** The smallest defect to be found, in pixels of the camera's picture. */
  smallest?: number | undefined;
}

/** One part of the report, for people and for programs. */
export interface Section {
  /** Its key in the JSON report. */
  name: string;
  title: string;
  rows: { label: string; text: string }[];
  data: unknown;
  /** What would make things better: sentences. */
  advice: string[];
  /** Whether inspection is impossible as things are. */
  broken?: boolean;
}

export type Examine = (patient: Patient) => Promise<Section>;
