import { iconButton, smallButton } from "../shared/button.editor";
import { askFile, askRuntime, sendFile, words } from "../shared/form.editor";
import { type Spoken, say } from "../shared/language";
import { defectSheet } from "./defect-sheet.editor";

/** The versions of a bank as a table in its dialog, and what can be done with them there. */

interface VersionFindings {
  duplicates: { references: [number, number]; files: [string, string] }[];
  outliers: {
    reference: number;
    file: string;
    score: number;
    region?: { x: number; y: number; width: number; height: number };
  }[];
  learning?: { words: string; sentence?: Spoken };
  advice?: string[];
  /** The advice, for other languages; absent in older banks. */
  sentences?: Spoken[];
}
/** What a result says: in English, and what other languages make it from. */
interface Said {
  words: string;
  sentence?: Spoken;
}
const inEditor = ({ words: english, sentence }: Said) => say(RED, sentence ?? english);

export interface ListedVersion {
  version: number;
  created: string;
  references: number;
  patches: number;
  accepted: number;
  origin?: { kind: string; by: string };
  findings?: VersionFindings;
}
export interface ListedBank {
  name: string;
  version?: number;
  versions: ListedVersion[];
  finds?: { share: number; low: number; high: number; pixels: number; enough: boolean };
}
interface ComparedVersions {
  versions: { version: number; references: number; patches: number; calibration?: { threshold: number } }[];
  settings: { setting: string; values: [string, string] }[];
  scores: { kind: string; number: number; scores: [number?, number?]; passes?: [boolean?, boolean?] }[];
  words: string;
  sentence?: Spoken;
}

export class VersionList {
  private readonly table = $("#golden-sample-versions");
  private readonly result = $("#golden-sample-result");
  private name = "";

  /** @param changed called after something was changed; shows the bank anew */
  constructor(
    private readonly type: string,
    private readonly changed: () => Promise<void>,
  ) {
    $("#golden-sample-import-button").on("click", () => {
      $("#golden-sample-import-file").val("").trigger("click");
    });
    $("#golden-sample-import-file").on("change", (event) => {
      const file = (event.target as HTMLInputElement).files?.[0];
      if (file)
        this.change("versions.importing", () =>
          sendFile(this.type, `banks/${encodeURIComponent(this.name)}/import`, file),
        );
    });
  }

  show(bank: ListedBank): void {
    this.name = bank.name;
    this.table.empty();
    for (const version of [...bank.versions].reverse()) this.table.append(this.row(version, bank.version));
    const inUse = bank.versions.find(({ version }) => version === bank.version);
    $("#golden-sample-findings")
      .empty()
      .append(this.findings(inUse?.findings), inUse ? [this.finds(bank.finds), defectSheet(this.type, bank.name)] : []);
  }

  clear(): void {
    this.name = "";
    this.table.empty();
    this.result.empty().hide();
    $("#golden-sample-findings").empty();
  }

  private row({ version, created, references, patches, accepted, origin }: ListedVersion, inUse?: number) {
    const cell = (content: string) => $("<td>").css({ padding: "2px 6px" }).text(content);
    const facts = words(this.type, "versions.facts", { references, patches, accepted });
    const made = origin ? words(this.type, "versions.made", { kind: origin.kind, by: origin.by }) : "";
    const buttons = $("<td>").css({ padding: "2px 6px", whiteSpace: "nowrap" });
    const path = `banks/${encodeURIComponent(this.name)}/versions/${version}`;
    const act = (icon: string, label: string, run: () => void) => {
      buttons.append(iconButton(icon, label, run));
    };
    if (version !== inUse) {
      act("fa-play", words(this.type, "versions.use", { version }), () => {
        this.change("versions.using", () => askRuntime(this.type, "POST", `${path}/use`));
      });
    }
    if (version !== inUse && inUse !== undefined) {
      act("fa-columns", words(this.type, "versions.compare", { version, inUse }), () => {
        void this.compare(inUse, version);
      });
    }
    act("fa-download", words(this.type, "versions.export", { version }), () => {
      void this.download(`${path}/export`, `${this.name}-${version}.safetensors`);
    });
    if (version !== inUse) {
      act("fa-trash", words(this.type, "versions.delete", { version }), () => {
        if (!window.confirm(words(this.type, "versions.sure", { version }))) return;
        this.change("versions.deleting", () => askRuntime(this.type, "POST", `${path}/delete`));
      });
    }
    return $("<tr>")
      .toggleClass("golden-sample-in-use", version === inUse)
      .css({ fontWeight: version === inUse ? "bold" : "normal" })
      .append(
        cell(version === inUse ? `${version} ✓` : String(version)),
        cell(new Date(created).toLocaleString()),
        cell(facts).attr("title", made),
        buttons,
      );
  }

  private findings(findings: VersionFindings | undefined): JQuery[] {
    if (!findings) return [];
    const line = (icon: string, text: string) =>
      $("<div>").append($("<i>").addClass(`fa ${icon}`), document.createTextNode(` ${text}`));
    return [
      ...(findings.sentences ?? findings.advice ?? []).map((said) => line("fa-exclamation-triangle", say(RED, said))),
      ...findings.duplicates.map(({ references: [a, b], files }) =>
        line("fa-clone", words(this.type, "findings.duplicate", { a, b, first: files[0], second: files[1] })),
      ),
      ...findings.outliers.map(({ reference, file, score, region }) => {
        const facts = { reference, file, score: score.toPrecision(3) };
        const place = region && {
          left: Math.round(100 * (region.x + region.width / 2)),
          top: Math.round(100 * (region.y + region.height / 2)),
        };
        const where = place ? ` ${words(this.type, "findings.worst", place)}` : "";
        const text = words(this.type, "findings.outlier", facts) + where;
        return line("fa-exclamation-triangle", text).append(" ", this.leaveOut(reference));
      }),
      ...(findings.learning
        ? [line("fa-line-chart", say(RED, findings.learning.sentence ?? findings.learning.words))]
        : []),
    ];
  }

  /** What the default threshold of the version in use finds; red where that is under half. */
  private finds(finds: ListedBank["finds"]): JQuery {
    if (!finds) return $("<div>").text(words(this.type, "defects.untested"));
    // What escapes is not rounded away.
    const percent = (share: number) => (share < 1 ? Math.min(99, Math.round(100 * share)) : 100);
    const facts = {
      share: percent(finds.share),
      pixels: finds.pixels,
      low: percent(finds.low),
      high: percent(finds.high),
    };
    const line = $("<div>").text(words(this.type, "defects.finds", facts));
    if (finds.enough) return line;
    return line.css("color", "var(--red-ui-text-color-error)").append(` ${words(this.type, "defects.tooFew")}`);
  }

  private leaveOut(reference: number): JQuery {
    const path = `banks/${encodeURIComponent(this.name)}/references/${reference}/leave-out`;
    return smallButton(words(this.type, "findings.leaveOut"), () =>
      this.change("findings.leavingOut", () => askRuntime(this.type, "POST", path)),
    );
  }

  private change(doing: string, run: () => Promise<unknown>): void {
    this.tell(words(this.type, doing));
    run().then(
      async (answer) => {
        const { replay, needs, frames } = (answer ?? {}) as Record<string, Said | undefined>;
        await this.changed();
        const said = [needs, frames, replay].map((each) => each && inEditor(each));
        this.tell([words(this.type, "versions.done"), ...said].filter(Boolean).join(" "));
      },
      (error: Error) => this.tell(error.message),
    );
  }

  private async compare(inUse: number, version: number): Promise<void> {
    this.tell(words(this.type, "versions.comparing"));
    try {
      const path = `banks/${encodeURIComponent(this.name)}/compare/${inUse}/${version}`;
      const answer = (await askRuntime(this.type, "GET", path)) as ComparedVersions;
      this.result.empty().append(this.comparison(answer)).show();
    } catch (error) {
      this.tell((error as Error).message);
    }
  }

  private comparison({ versions: [a, b], settings, scores, ...said }: ComparedVersions): JQuery[] {
    const table = $("<table>").css({ width: "100%" });
    const row = (label: string, ...values: unknown[]) =>
      table.append(
        $("<tr>").append(
          $("<th>").css({ textAlign: "left", fontWeight: "normal" }).text(label),
          values.map((value) => $("<td>").text(String(value ?? "–"))),
        ),
      );
    const score = (value: number | undefined) => value?.toPrecision(3);
    row("", a?.version, b?.version);
    row(words(this.type, "versions.references"), a?.references, b?.references);
    row(words(this.type, "versions.patches"), a?.patches, b?.patches);
    row(words(this.type, "label.threshold"), score(a?.calibration?.threshold), score(b?.calibration?.threshold));
    for (const { setting, values } of settings) row(setting, ...values.map((value) => value.slice(0, 24)));
    for (const { kind, number, scores: values, passes } of scores) {
      const key = kind === "defect" ? words(this.type, "versions.defect", { number }) : "";
      const label = key || words(this.type, "state.reference", { number });
      const passed = words(this.type, "versions.passes");
      row(label, ...[0, 1].map((i) => `${score(values[i]) ?? "–"}${passes?.[i] ? ` ${passed}` : ""}`));
    }
    return said.words ? [table, $("<div>").text(inEditor(said))] : [table];
  }

  private async download(path: string, name: string): Promise<void> {
    this.tell(words(this.type, "versions.exporting"));
    const blob = await askFile(path);
    if (!blob) return this.tell(words(this.type, "versions.failed"));
    const address = URL.createObjectURL(blob);
    $("<a>").attr({ href: address, download: name }).get(0)?.click();
    // The browser reads it after the click.
    window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
    this.tell(words(this.type, "versions.done"));
  }

  private tell(text: string): void {
    this.result.empty().text(text).show();
  }
}
