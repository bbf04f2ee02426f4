/** The page for whoever stands at the line. It needs nothing but the runtime: no editor, no library. */

import { formatScore } from "../shared/format-score";

type Verdict = "ok" | "anomaly" | "unlike";
interface ShownPart {
  number: number;
  time: number;
  score: number;
  threshold: number;
  verdict: Verdict;
  cause?: string;
  label?: string;
  handled?: boolean;
  hasPicture: boolean;
}
interface State {
  name: string;
  bank: string;
  began: number;
  counts: Record<Verdict | "dropped", number>;
  since: number;
  now: number;
  last?: ShownPart;
  rejects: ShownPart[];
}
type Texts = Record<string, string>;

/** Milliseconds without an answer after which a verdict says nothing any more. */
const AWAY = 25_000;
const RETRY = 2000;

const at = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const all = JSON.parse(at("texts").textContent) as Record<string, Texts>;
const tongue = (tag: string) => tag.split("-")[0];
/** Of British English, the English there is: by the language alone where there is none for the country. */
const language = navigator.languages
  .flatMap((wanted) => [wanted, ...Object.keys(all).filter((known) => tongue(known) === tongue(wanted))])
  .find((wanted) => wanted in all);
const texts = { ...all["en-US"], ...all[language ?? "en-US"] };
document.documentElement.lang = language ?? "en";
const text = (key: string) => texts[key] ?? key;

// Given in the address, as panels need it, or left by the editor of this server.
const address = new URL(location.href);
const token = address.searchParams.get("access_token") ?? storedToken();
const base = `../live/${address.pathname.split("/").pop()!}`;
const part = (number: number) => `../inspection/${address.pathname.split("/").pop()!}/parts/${number}`;

let state: State | undefined;
/** Chosen among the rejects; nothing: the newest. */
let chosen: number | undefined;
let shown: number | undefined;
/** Whose picture is seen, and so what buttons are about: the newest one's may still be on its way. */
let seen: number | undefined;
/** By a clock that nobody sets: put back, it would let an old verdict stand. */
let heard = performance.now();
const thumbnails = new Map<number, string>();

function storedToken(): string | undefined {
  try {
    return (JSON.parse(localStorage.getItem("auth-tokens") ?? "null") as { access_token?: string } | null)
      ?.access_token;
  } catch {
    return undefined;
  }
}

function ask(path: string, method = "GET", body?: object): Promise<Response> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  return fetch(path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
}

async function json<T>(answer: Response): Promise<T> {
  const value = (await answer.json().catch(() => ({}))) as T & { message?: string };
  if (answer.ok) return value;
  throw new Error(value.message ?? `${text("refused")} (${answer.status})`);
}

async function follow(): Promise<never> {
  for (;;) {
    try {
      const before = state?.began;
      state = await json<State>(await ask(`${base}/after/${state?.last?.number ?? 0}`));
      if (before !== undefined && before !== state.began) forget();
      heard = performance.now();
      show(state);
    } catch (error) {
      away((error as Error).message);
      await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
  }
}

/** Parts have begun at number 1 again: what was of number 5 before says nothing of this one. */
function forget(): void {
  chosen = shown = seen = undefined;
  showRejects([]);
  at("stack").hidden = true;
}

function show({ counts, last, rejects, name, bank }: State): void {
  document.title = [name, bank].filter(Boolean).join(" · ");
  if (last) say(last);
  const total = counts.ok + counts.anomaly + counts.unlike;
  const share = total > 0 ? `${((100 * (counts.anomaly + counts.unlike)) / total).toFixed(1)} %` : "";
  const rows: [string, string][] = [
    ...(["ok", "anomaly", "unlike", "dropped"] as const).map((key): [string, string] => [
      text(`count_${key}`),
      String(counts[key]),
    ]),
    [text("rejected"), share],
  ];
  at("counts").replaceChildren(
    ...rows.map(([label, value]) => {
      const row = document.createElement("tr");
      row.append(Object.assign(document.createElement("th"), { textContent: label }));
      row.append(Object.assign(document.createElement("td"), { textContent: value }));
      return row;
    }),
  );
  showRejects(rejects);
  void showPicture();
}

/** The verdict is always that of the newest part, whichever is looked at. */
function say({ verdict, cause, score, threshold, number }: ShownPart): void {
  at("verdict").dataset.verdict = verdict;
  at("verdict").dataset.number = String(number);
  at("word").textContent = text(`word_${verdict}`);
  const why = cause && cause !== "unlike" ? `${text(`cause_${cause}`)} · ` : "";
  at("why").textContent = `${why}${formatScore(score)} / ${formatScore(threshold)} · ${text("part")} ${number}`;
}

/** What was not inspected is never shown as good. */
function away(reason: string): void {
  delete at("verdict").dataset.verdict;
  at("word").textContent = text("away");
  at("why").textContent = reason;
}

async function showPicture(): Promise<void> {
  const number = chosen ?? state?.last?.number;
  const wanted = find(number);
  at("back").hidden = chosen === undefined;
  offer();
  if (number === undefined || number === shown || !wanted) return;
  shown = number;
  try {
    const pictures = wanted.hasPicture && (await json<{ picture: string; heat: string }>(await ask(part(number))));
    // Another one may have been asked for meanwhile.
    if (shown !== number) return;
    if (pictures) {
      at<HTMLImageElement>("picture").src = `data:image/jpeg;base64,${pictures.picture}`;
      at<HTMLImageElement>("heat").src = `data:image/png;base64,${pictures.heat}`;
    }
    at("stack").hidden = !pictures;
    at("stack").dataset.number = String(number);
    seen = number;
    offer();
  } catch (error) {
    at("said").textContent = (error as Error).message;
  }
}

function offer(): void {
  for (const id of ["good", "defect"]) at<HTMLButtonElement>(id).disabled = seen === undefined;
  const part = find(seen);
  at<HTMLButtonElement>("handled").disabled = part?.verdict !== "unlike" || part.handled === true;
}

function find(number: number | undefined): ShownPart | undefined {
  return state?.last?.number === number ? state?.last : state?.rejects.find((reject) => reject.number === number);
}

function showRejects(rejects: readonly ShownPart[]): void {
  const buttons = [...rejects].reverse().map(({ number, verdict, handled, label, hasPicture }) => {
    const button = document.createElement("button");
    Object.assign(button.dataset, { verdict, number: String(number) });
    button.className = handled ? "handled" : "";
    button.title = `${text("part")} ${number} · ${text(`word_${verdict}`)}${label ? ` · ${text(label)}` : ""}`;
    button.setAttribute("aria-label", button.title);
    button.textContent = String(number);
    button.onclick = () => {
      chosen = number;
      void showPicture();
    };
    if (hasPicture) void thumbnail(number, button);
    return button;
  });
  at("rejects").replaceChildren(...buttons);
  for (const [number, url] of thumbnails) {
    if (rejects.some((reject) => reject.number === number)) continue;
    URL.revokeObjectURL(url);
    thumbnails.delete(number);
  }
}

async function thumbnail(number: number, button: HTMLButtonElement): Promise<void> {
  let url = thumbnails.get(number);
  if (!url) {
    const answer = await ask(`${part(number)}/thumbnail`).catch(() => undefined);
    if (!answer?.ok) return;
    url = URL.createObjectURL(await answer.blob());
    thumbnails.set(number, url);
  }
  const image = Object.assign(new Image(), { src: url, alt: "" });
  button.replaceChildren(image);
}

async function label(word: "good" | "defect" | "handled"): Promise<void> {
  const number = seen;
  if (number === undefined) return;
  const isDone = await act(`${part(number)}/label`, { label: word }, `${text("part")} ${number}: ${text(word)}`);
  const known = find(number);
  if (isDone && known && word === "handled") known.handled = true;
  if (state) show(state);
}

/** @returns whether it was done; why not, the page says */
async function act(path: string, body: object, done: string): Promise<boolean> {
  try {
    await json(await ask(path, "POST", body));
    at("said").textContent = done;
    return true;
  } catch (error) {
    at("said").textContent = (error as Error).message;
    return false;
  }
}

for (const word of ["good", "defect", "handled"] as const) {
  at(word).textContent = text(word);
  at(word).onclick = () => void label(word);
}
at("back").textContent = text("back");
at("back").onclick = () => {
  chosen = undefined;
  void showPicture();
};
at("rejects-label").textContent = text("rejects");
at("report").textContent = text("report");
at<HTMLAnchorElement>("report").href = `${base}/report${token ? `?access_token=${encodeURIComponent(token)}` : ""}`;
at("shift").textContent = text("shift");
at("shift").onclick = () => {
  if (window.confirm(text("sure")))
    void act(`${base}/shift`, {}, text("begun")).then((isDone) => {
      if (!isDone || !state) return;
      Object.assign(state.counts, { ok: 0, anomaly: 0, unlike: 0, dropped: 0 });
      show(state);
    });
};
away("");
window.setInterval(() => {
  if (performance.now() - heard > AWAY) away(text("silent"));
}, 1000);
void follow();
