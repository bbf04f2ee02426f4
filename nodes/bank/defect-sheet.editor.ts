import { smallButton } from "../shared/button.editor";
import { askRuntime, words } from "../shared/form.editor";

interface ShownDefect {
  kind: string;
  pixels: number;
  contrast?: number;
  score: number;
  clean: number;
  /** Whether it is one that a threshold must find. */
  counts: boolean;
  /** JPEG, base64. */
  picture: string;
}
interface Sheet {
  threshold?: number;
  sheet: ShownDefect[];
}

/** Height of a picture in the dialog. */
const HEIGHT = "72px";

/**
 * A button that has the bank's test defects made anew, and shows each, found or missed: a person is to believe the figure or not.
 * @param bank its name
 */
export function defectSheet(type: string, bank: string): JQuery {
  const line = $("<div>").attr("role", "status");
  const grid = $("<div>").css({ display: "flex", flexWrap: "wrap", gap: "4px", maxHeight: "240px", overflowY: "auto" });
  const button = smallButton(words(type, "defects.show"), () => {
    button.prop("disabled", true);
    line.text(words(type, "defects.making"));
    grid.empty();
    void askRuntime(type, "POST", `banks/${encodeURIComponent(bank)}/made-defects`)
      .then(
        (answer) => {
          const { sheet, threshold } = answer as Sheet;
          line.text(words(type, sheet.length === 0 || threshold === undefined ? "defects.none" : "defects.legend"));
          if (threshold !== undefined) grid.append(sheet.map((defect) => figure(type, defect, threshold)));
        },
        (error: Error) => line.text(error.message),
      )
      .finally(() => button.prop("disabled", false));
  });
  return $("<div>").append(button, line, grid);
}

function figure(
  type: string,
  { kind, pixels, contrast, score, clean, counts, picture }: ShownDefect,
  threshold: number,
): JQuery {
  const outcome = clean > threshold ? "uncounted" : score > threshold ? "found" : "missed";
  const facts = { pixels: Math.round(pixels), contrast: contrast === undefined ? "\u2013" : `${100 * contrast} %` };
  const title = `${words(type, `kind.${kind.replace(" ", "")}`)}: ${words(type, "defects.facts", facts)}`;
  const said = words(type, `defects.${outcome}`);
  const edge = { found: "solid var(--red-ui-text-color-success)", missed: "dashed var(--red-ui-text-color-error)" };
  return $("<figure>")
    .css({ margin: 0, width: "84px", fontSize: "10px", opacity: counts ? 1 : 0.6 })
    .append(
      $("<img>")
        .attr({ src: `data:image/jpeg;base64,${picture}`, alt: `${title}: ${said}`, title })
        .css({ height: HEIGHT, maxWidth: "100%", boxSizing: "border-box" })
        .css(
          "border",
          `2px ${outcome === "uncounted" ? "dotted var(--red-ui-secondary-border-color)" : edge[outcome]}`,
        ),
      $("<figcaption>").text(`${said} ${(score / threshold).toFixed(2)}`),
    );
}
