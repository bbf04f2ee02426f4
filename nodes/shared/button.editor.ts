/** A small button as the editor has them. @param icon name of Font Awesome's, before the text */
export function smallButton(text: string, run: () => void, icon?: string): JQuery {
  const button = plainButton(run);
  return icon === undefined ? button.text(text) : button.append(iconOf(icon), " ", $("<span>").text(text));
}

/** The same with room for nothing but the icon. @param label what it is called */
export function iconButton(icon: string, label: string, run: () => void): JQuery {
  return plainButton(run).attr({ title: label, "aria-label": label }).append(iconOf(icon));
}

/** Shows whether a button that stays down is down, to eyes and ears. */
export function setPressed(button: JQuery, is: boolean): void {
  button.toggleClass("selected", is).attr("aria-pressed", String(is));
}

function plainButton(run: () => void): JQuery {
  return $("<button>").attr({ type: "button", class: "red-ui-button red-ui-button-small" }).on("click", run);
}

const iconOf = (name: string) => $("<i>").addClass(`fa ${name}`);
