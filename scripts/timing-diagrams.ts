import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { COURSES } from "./demo/station/timing-courses";
import { timingDiagram } from "./demo/station/timing-diagram";

const PAGE = join(__dirname, "..", "..", "docs", "plc.md");
const BEGIN = "<!-- timing diagrams: npm run docs -->";
const END = "<!-- end of the timing diagrams -->";

/** The page with its timing diagrams as the state machine has them now. @throws Error where their place is missing */
export function withDiagrams(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`The page has no place between ${BEGIN} and ${END}.`);
  const drawn = COURSES.map((course) => {
    return `**${course.title}**, one character ${course.step} ms\n\n\`\`\`\n${timingDiagram(course)}\n\`\`\`\n`;
  });
  return `${before}${BEGIN}\n\n${drawn.join("\n")}\n${END}${after}`;
}

if (require.main === module) writeFileSync(PAGE, withDiagrams(readFileSync(PAGE, "utf8")));
