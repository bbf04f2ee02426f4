import { smallButton } from "../shared/button.editor";
import { askRuntime, fromEnvironment, words } from "../shared/form.editor";

interface BankUse {
  id: string;
  type: string;
  name: string;
  flow: string;
}
interface EditedBank {
  id: string;
  type: string;
  name: string;
  changed: boolean;
  dirty: boolean;
}

/** What is done to a bank as a whole from its dialog: another name, or its end. Both at once, after a confirmation. */
export class ManagedBank {
  private readonly result = $("#golden-sample-result");

  constructor(private readonly type: string) {}

  /** @returns a button that takes along to a new name what was learned under the old one */
  renameButton(from: string, to: string, renamed: (to: string) => void): JQuery {
    return this.button("fa-exchange", "manage.rename", async () => {
      const uses = await this.usesOf(from);
      if (!window.confirm(words(this.type, "manage.sureRename", { name: from, to, uses }))) return;
      this.tell(words(this.type, "manage.renaming"));
      await askRuntime(this.type, "POST", `banks/${encodeURIComponent(from)}/rename`, { to });
      renameInEditor(from, to);
      renamed(to);
      this.tell(words(this.type, "manage.renamed", { name: from, to }));
    });
  }

  /** @param gone called once it is deleted */
  deleteButton(name: string, gone: () => void): JQuery {
    return this.button("fa-trash", "manage.delete", async () => {
      const uses = await this.usesOf(name);
      if (!window.confirm(words(this.type, "manage.sureDelete", { name, uses }))) return;
      this.tell(words(this.type, "versions.deleting"));
      // Who uses it was told.
      await askRuntime(this.type, "POST", `banks/${encodeURIComponent(name)}/delete`, { inUse: true });
      gone();
      this.tell(words(this.type, "manage.deleted", { name }));
    });
  }

  private async usesOf(name: string): Promise<string> {
    const { uses } = (await askRuntime(this.type, "GET", `banks/${encodeURIComponent(name)}/uses`)) as {
      uses: BankUse[];
    };
    if (uses.length === 0) return words(this.type, "manage.unused");
    const list = uses.map(({ type, name: own, flow }) => `\u2022 ${own || type}${flow && ` (${flow})`}`).join("\n");
    return `${words(this.type, "manage.usedBy")}\n${list}`;
  }

  private tell(text: string): void {
    this.result.empty().text(text).show();
  }

  private button(icon: string, key: string, run: () => Promise<void>): JQuery {
    const click = () => {
      button.prop("disabled", true);
      run()
        .catch((error: Error) => this.tell(error.message))
        .finally(() => button.prop("disabled", false));
    };
    const button = smallButton(words(this.type, key), click, icon);
    return button.attr("data-manage", key.replace("manage.", ""));
  }
}

/** All bank nodes of the workspace that have the old name; the next deploy saves it. */
function renameInEditor(from: string, to: string): void {
  RED.nodes.eachConfig((config) => {
    const node = config as unknown as EditedBank;
    if (node.type === "anomaly-bank" && node.name === from && !fromEnvironment(from))
      Object.assign(node, { name: to, changed: true, dirty: true });
    return true;
  });
  RED.nodes.dirty(true);
  RED.view.redraw(true);
}
