import { askRuntime, words } from "../shared/form.editor";

interface View {
  state: "collecting" | "proposed";
  parts: number;
  wanted: number;
  threshold?: { before: number; after: number };
  falseRejectRate?: { expected: number };
  finds?: { share: number; pixels: number };
  unlike?: number[];
}

/** Milliseconds between two looks at how many parts have come. */
const INTERVAL = 2000;

/**
 * The rows for commissioning: what the deployed node has to say, and buttons for it.
 * @param id of the node; one that is not deployed says so
 * @returns to be called when the dialog closes
 */
export function watchCommissioning(type: string, id: string): () => void {
  const line = $("#golden-sample-commission-state");
  const [start, accept, cancel] = ["start", "accept", "cancel"].map((name) => $(`#golden-sample-commission-${name}`));
  let timer: number | undefined;
  let closed = false;

  const show = (answer: unknown) => {
    if (closed) return;
    const view = (answer as { commissioning: View | null }).commissioning;
    line.text(view ? describe(type, view) : words(type, "commission.none"));
    start!.prop("disabled", view !== null);
    accept!.prop("disabled", view?.state !== "proposed");
    cancel!.prop("disabled", view === null);
    timer = view?.state === "collecting" ? window.setTimeout(look, INTERVAL) : undefined;
  };
  const fail = (error: Error) => {
    if (!closed) line.text(error.message);
  };
  const path = `thresholds/${encodeURIComponent(id)}`;
  const look = () => void askRuntime(type, "GET", path).then(show, fail);
  const on = (button: JQuery | undefined, order: string) =>
    button!.on("click", () => {
      window.clearTimeout(timer);
      const parts = Number($("#golden-sample-commission-parts").val());
      void askRuntime(type, "POST", `${path}/commission/${order}`, { parts }).then(show, fail);
    });
  on(start, "start");
  on(accept, "accept");
  on(cancel, "cancel");
  look();
  return () => {
    closed = true;
    window.clearTimeout(timer);
  };
}

function describe(type: string, { parts, wanted, threshold, falseRejectRate, finds, unlike = [] }: View): string {
  if (!threshold) return words(type, "commission.collecting", { parts, wanted });
  const percent = (share: number) => Number((100 * share).toPrecision(2));
  const facts = {
    parts,
    before: threshold.before.toPrecision(3),
    after: threshold.after.toPrecision(3),
    rejected: percent(falseRejectRate?.expected ?? 0),
  };
  return [
    words(type, "commission.proposed", facts),
    finds && words(type, "commission.finds", { share: percent(finds.share), pixels: finds.pixels }),
    unlike.length > 0 && words(type, "commission.unlike", { unlike: unlike.join(", ") }),
  ]
    .filter(Boolean)
    .join(" ");
}
