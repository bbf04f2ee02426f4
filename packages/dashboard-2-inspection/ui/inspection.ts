import { formatScore } from "../../../nodes/shared/format-score";
import { heardAt, now } from "../lib/age";
import { type ShownPart, type ShownShift, WORDS, type Word } from "../lib/shown";
import { style } from "./style";
import { causeText, texts } from "./texts";
import { defineComponent, h, inject, onMounted, onUnmounted, reactive } from "./vue";
import { Watch } from "./watch";

/** What we use of the dashboard's contract for widgets of others. */
interface Socket {
  on(event: string, heard: () => void): void;
  off(event: string, heard: () => void): void;
  emit(event: "widget-action", id: string, message: object): void;
}
type Track = (id: string, onInput: (message: Sent) => void, onLoad: (message: Sent | undefined) => void) => void;
interface Sent {
  payload?: ShownShift;
}

const COUNTS = ["ok", "anomaly", "unlike", "failed"] as const;
const COUNT_TEXTS = { ...texts, count_failed: texts.count_dropped };

/** The widget: picture, verdict, counts, last rejects and buttons. */
const Inspection = defineComponent({
  props: {
    id: { type: String, required: true },
    props: { type: Object, default: () => ({}) },
    state: { type: Object, default: () => ({}) },
  },
  setup(given) {
    const socket = inject<Socket>("$socket")!;
    const track = inject<Track>("$dataTracker")!;
    const watch = new Watch();
    const { seen } = watch;
    const view = reactive({ blend: 70, now: now() });
    track(
      given.id,
      ({ payload }) => {
        if (payload) watch.hear(payload, now());
      },
      (message) => {
        // What was there before this page is as old as its part.
        if (message?.payload) watch.hear(message.payload, heardAt(message.payload.last?.time ?? 0));
      },
    );
    const connected = (is: boolean) => () => {
      seen.isConnected = is;
    };
    const [up, down] = [connected(true), connected(false)];
    const clock = window.setInterval(() => {
      view.now = now();
    }, 1000);
    onMounted(() => {
      socket.on("connect", up);
      socket.on("disconnect", down);
    });
    onUnmounted(() => {
      socket.off("connect", up);
      socket.off("disconnect", down);
      window.clearInterval(clock);
      watch.stop();
    });

    const say = (word: Word) => {
      const part = watch.target;
      if (!part) return;
      socket.emit("widget-action", given.id, { press: { number: part.number, word } });
      seen.said = { number: part.number, word };
    };

    /** What was not inspected is never shown as good. */
    const verdict = (): { name?: string; word: string; why: string } => {
      const { last, failed } = seen.shift ?? {};
      const stale = 1000 * Number((given.props as { stale?: unknown }).stale ?? 60);
      if (!seen.isConnected) return { word: texts.away, why: texts.silent };
      if (failed !== undefined) return { word: texts.failed, why: failed };
      if (!last) return { word: texts.waiting, why: "" };
      if (stale > 0 && view.now - seen.heard > stale) return { word: texts.stale, why: `> ${stale / 1000} s` };
      const figures = `${formatScore(last.score)} / ${formatScore(last.threshold)}`;
      const why = [causeText(last.cause), figures, `${texts.part} ${last.number}`].filter(Boolean).join(" · ");
      return { name: last.verdict, word: texts[`word_${last.verdict}`], why };
    };

    const counts = () => {
      const all = seen.shift?.counts ?? { ok: 0, anomaly: 0, unlike: 0, failed: 0 };
      const total = all.ok + all.anomaly + all.unlike;
      const share = total > 0 ? `${((100 * (all.anomaly + all.unlike)) / total).toFixed(1)} %` : "";
      const row = (label: string, value: string) => h("tr", [h("th", label), h("td", value)]);
      return h("table", { class: "gs-counts" }, [
        ...COUNTS.map((key) => row(COUNT_TEXTS[`count_${key}`], String(all[key]))),
        row(texts.rejected, share),
      ]);
    };

    const frame = () => {
      const { picture, overlay } = seen.addresses;
      const alone = !picture && overlay;
      return h("div", { class: "gs-frame", "data-number": seen.shown?.number }, [
        picture && h("img", { class: "gs-picture", src: picture, alt: "" }),
        overlay &&
          h("img", { class: "gs-overlay", src: overlay, alt: "", style: { opacity: alone ? 1 : view.blend / 100 } }),
        seen.shown && h("div", { class: "gs-number" }, `${texts.part} ${seen.shown.number}`),
        picture &&
          overlay &&
          h("label", [
            texts.blend,
            h("input", {
              ...{ type: "range", min: 0, max: 100, value: view.blend },
              onInput: (event: Event) => {
                view.blend = Number((event.target as HTMLInputElement).value);
              },
            }),
          ]),
      ]);
    };

    const actions = () => {
      const part = watch.target;
      const can = (word: Word) => part && part.kinds.length > 0 && (word !== "handled" || part.verdict === "unlike");
      const button = (name: string, label: string, onClick: () => void, disabled = false) =>
        h("button", { type: "button", "data-action": name, disabled, onClick }, label);
      return h("div", { class: "gs-actions" }, [
        ...WORDS.map((word) => button(word, texts[word], () => say(word), !can(word))),
        seen.chosen !== undefined && button("back", texts.back, () => watch.choose(undefined)),
      ]);
    };

    const reject = ({ number, verdict: name, said, kinds }: ShownPart) => {
      const small = seen.thumbnails[number];
      const label = `${texts.part} ${number} · ${texts[`word_${name}`]}${said ? ` · ${texts[said]}` : ""}`;
      return h(
        "button",
        {
          ...{ key: number, type: "button", title: label, "aria-label": label, disabled: kinds.length === 0 },
          ...{ "data-number": number, "data-verdict": name, "data-said": said },
          onClick: () => watch.choose(number),
        },
        [small ? h("img", { src: small, alt: "" }) : String(number)],
      );
    };

    return () => {
      const { name, word, why } = verdict();
      const { said } = seen;
      const told = said && `${texts.part} ${said.number}: ${texts[said.word]}`;
      return h("div", { class: "gs-inspection" }, [
        h("div", [
          h("div", { class: "gs-verdict", role: "status", "aria-live": "assertive", "data-verdict": name }, [
            h("div", { class: "gs-word" }, word),
            h("div", { class: "gs-why" }, why),
          ]),
          h("div", { class: "gs-main" }, [
            frame(),
            h("div", { class: "gs-side" }, [
              counts(),
              actions(),
              h("div", { class: "gs-said", role: "status" }, seen.shift?.refused ?? told),
              h("div", texts.rejects),
              h("div", { class: "gs-rejects" }, [...(seen.shift?.rejects ?? [])].reverse().map(reject)),
            ]),
          ]),
        ]),
      ]);
    };
  },
});

document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
// Where the dashboard looks for it: under the node's type, by the name in package.json.
Object.assign(window, { "ui-golden-sample-inspection": { Inspection } });
