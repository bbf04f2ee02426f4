import { CaptureView } from "../shared/capture.editor";
import { askFile, askRuntime, words } from "../shared/form.editor";
import { ManagedBank } from "./manage-bank.editor";
import { SmallestView } from "./smallest-view.editor";
import { type ListedBank, type ListedVersion, VersionList } from "./versions.editor";

/** What is kept of a bank, shown in its dialog: versions to choose from, and the references' pictures. */

/** As lib/confined-path.ts has it. */
export const BANK_NAME = /^(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9_-])?$/i;
/** Pictures shown; the number of references is told in words. */
const PICTURES = 24;

interface KeptVersion extends ListedVersion {
  backbone: string;
  resolution: number;
}
interface KeptBank extends ListedBank {
  missing?: number;
  versions: KeptVersion[];
  references: number;
  accepted: number;
  defects: number;
}

export class BankView {
  private readonly addresses: string[] = [];
  private readonly list: VersionList;
  private readonly managed: ManagedBank;
  private readonly smallest: SmallestView;
  private readonly capture: CaptureView;
  private name = "";
  /** Counts what was asked for: an answer to an earlier question is dropped. */
  private asked = 0;

  /**
   * @param chosen the version in the node's settings, "" for the newest
   * @param deployed the bank's name in the node's settings, "" for a new node
   * @param node its id
   */
  constructor(
    private readonly type: string,
    private chosen: string,
    private deployed: string,
    private readonly node: string,
  ) {
    this.list = new VersionList(type, () => this.show(this.name, false));
    this.managed = new ManagedBank(type);
    this.smallest = new SmallestView(type);
    this.capture = new CaptureView(type, () => void this.show(this.name, false));
    this.offerVersions([]);
    // The list is filled anew after everything that is done to the bank.
    $("#node-config-input-version").on("change", (event) => {
      this.chosen = (event.target as HTMLSelectElement).value;
    });
    $("#golden-sample-capture").append(this.capture.element);
  }

  /** @param another whether that may be another bank than the one shown */
  async show(name: string, another = true): Promise<void> {
    const question = ++this.asked;
    this.name = name;
    this.forgetPictures();
    if (another) {
      this.list.clear();
      this.offerCapture();
    }
    $("#golden-sample-manage").empty();
    $("#golden-sample-import-button").prop("disabled", !BANK_NAME.test(name));
    const line = $("#golden-sample-state").toggle(BANK_NAME.test(name));
    const renamed = $("#golden-sample-renamed").hide();
    if (!BANK_NAME.test(name)) return;
    line.text(words(this.type, "state.wait"));
    try {
      const bank = (await askRuntime(this.type, "GET", `banks/${encodeURIComponent(name)}`)) as KeptBank;
      if (question !== this.asked) return;
      line.text(this.summary(bank));
      // Another name is another bank: nodes that learn the first frames would take the parts of the line for good ones.
      const isOther = this.deployed !== "" && name !== this.deployed;
      if (isOther && bank.versions.length === 0)
        renamed
          .text(words(this.type, "state.renamed", { name, deployed: this.deployed }))
          .append(
            " ",
            this.managed.renameButton(this.deployed, name, (to) => this.renamedTo(to)),
          )
          .show();
      if (bank.versions.length + bank.references + bank.accepted + bank.defects > 0)
        $("#golden-sample-manage").append(this.managed.deleteButton(name, () => void this.show(name)));
      this.offerVersions(bank.versions);
      this.list.show({ ...bank, name });
      void this.smallest.show(bank.references > 0 ? name : "");
      await this.showPictures(name, bank.references, question);
    } catch (error) {
      if (question === this.asked) line.text((error as Error).message);
    }
  }

  private renamedTo(name: string): void {
    this.deployed = name;
    this.offerCapture();
    void this.show(name, false);
  }

  close(): void {
    this.asked++;
    this.smallest.end();
    this.capture.of("");
    this.forgetPictures();
  }

  /** Of the bank that is deployed: nothing comes to another one. */
  private offerCapture(): void {
    const isDeployed = this.deployed !== "" && this.name === this.deployed;
    $("#golden-sample-capture").toggle(isDeployed);
    this.capture.of(isDeployed ? this.node : "");
  }

  private summary({ version, missing, references, accepted, defects }: KeptBank): string {
    const now = words(this.type, version === undefined ? "state.unbuilt" : "state.built", {
      version: version ?? "",
      references,
    });
    const built = missing === undefined ? now : `${words(this.type, "state.missing", { missing })} ${now}`;
    if (accepted + defects === 0) return built;
    return `${built} ${words(this.type, "state.feedback", { accepted, defects })}`;
  }

  private offerVersions(versions: readonly KeptVersion[]): void {
    const select = $("#node-config-input-version").empty();
    const before = this.chosen;
    const option = (value: string, text: string) => $("<option>").val(value).text(text).appendTo(select);
    option("", words(this.type, "option.inUse"));
    for (const { version, created, references, patches, backbone, resolution } of [...versions].reverse()) {
      const date = new Date(created).toLocaleString();
      option(
        String(version),
        words(this.type, "option.version", { version, date, references, patches, backbone, resolution }),
      );
    }
    const known = before === "" || versions.some(({ version }) => String(version) === before);
    if (!known) option(before, words(this.type, "option.absent", { version: before }));
    select.val(before);
  }

  private async showPictures(name: string, references: number, question: number): Promise<void> {
    for (let index = 0; index < Math.min(references, PICTURES); index++) {
      const blob = await askFile(`banks/${encodeURIComponent(name)}/references/${index}`);
      if (question !== this.asked) return;
      if (!blob) continue;
      const address = URL.createObjectURL(blob);
      this.addresses.push(address);
      const title = words(this.type, "state.reference", { number: index + 1 });
      $("<img>")
        .attr({ src: address, alt: title, title })
        .css({ height: "60px", border: "1px solid var(--red-ui-secondary-border-color)" })
        .appendTo("#golden-sample-references");
    }
  }

  private forgetPictures(): void {
    $("#golden-sample-references").empty();
    for (const address of this.addresses.splice(0)) URL.revokeObjectURL(address);
  }
}
