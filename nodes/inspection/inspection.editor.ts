import { words } from "../shared/form.editor";
import { TYPE } from "./inspected.editor";
import { Sidebar } from "./sidebar.editor";
import { STYLE } from "./style.editor";

RED.plugins.registerPlugin("golden-sample-inspection", {
  onadd: () => {
    $("<style>").text(STYLE).appendTo(document.head);
    const sidebar = new Sidebar();
    const label = words(TYPE, "tab");
    RED.sidebar.addTab({
      ...{ id: "golden-sample-inspection", label, name: label, iconClass: "fa fa-eye", enableOnEdit: true },
      content: sidebar.element[0]!,
    });
    RED.actions.add("golden-sample:show-inspection", () => RED.sidebar.show("golden-sample-inspection"));
  },
});
