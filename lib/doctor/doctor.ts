import { toGoldenSampleError } from "../errors";
import { sentence } from "../sentence";
import { devices } from "./devices";
import { machine } from "./machine";
import { runtime } from "./runtime";
import type { Examine, Patient, Section } from "./section";
import { speed } from "./speed";
import { versions } from "./versions";

/** In the order in which they are shown; one file each. */
const SECTIONS: readonly (readonly [name: string, examine: Examine])[] = [
  ["versions", versions],
  ["machine", machine],
  ["runtime", runtime],
  ["devices", devices],
  ["speed", speed],
];

export interface Report {
  sections: Section[];
  /** Whether images can be inspected on this machine. */
  works: boolean;
}

/**
 * Looks at all that decides how fast this machine inspects, or why it does not.
 * @param onSection told of each section as it is there: self-tests take their time
 */
export async function examine(patient: Patient, onSection?: (section: Section) => void): Promise<Report> {
  const sections: Section[] = [];
  for (const [name, look] of SECTIONS) {
    const section = await look(patient).catch((thrown: unknown) => failed(name, thrown));
    sections.push(section);
    onSection?.(section);
  }
  return { sections, works: !sections.some((section) => section.broken) };
}

/** A section that cannot be had is news too. */
function failed(name: string, thrown: unknown): Section {
  const { code, message } = toGoldenSampleError(
    thrown,
    "INTERNAL",
    sentence`[sectionFailed] The section ${{ section: name }} failed`,
  );
  return {
    name,
    title: name,
    rows: [{ label: "failed", text: message }],
    data: { code, error: message },
    advice: [],
    broken: true,
  };
}
