import { live as de } from "../../../locales/de/inspection.json";
import { live as en } from "../../../locales/en-US/inspection.json";
import { live as ja } from "../../../locales/ja/inspection.json";
import { live as zh } from "../../../locales/zh-CN/inspection.json";

type Texts = typeof en & typeof own.en;

/** What the operator's page does not say; the rest is its own words. */
const own = {
  en: { blend: "Anomaly map", waiting: "NO PART YET", stale: "NO VERDICT", failed: "NOT INSPECTED", lost: "not kept" },
  de: { blend: "Anomaliekarte", waiting: "NOCH KEIN TEIL", stale: "KEIN URTEIL", failed: "NICHT GEPRÜFT", lost: "weg" },
  ja: { blend: "異常マップ", waiting: "ワーク待ち", stale: "判定なし", failed: "未検査", lost: "保存なし" },
  zh: { blend: "异常图", waiting: "等待工件", stale: "无判定", failed: "未检测", lost: "未保留" },
};

const all: Record<string, Texts> = {
  en: { ...en, ...own.en },
  de: { ...de, ...own.de },
  ja: { ...ja, ...own.ja },
  zh: { ...zh, ...own.zh },
};

/** In the language of whoever looks, by the browser's settings. */
export const texts: Texts =
  navigator.languages.map((wanted) => all[wanted.split("-")[0]!]).find((found) => found !== undefined) ?? all.en!;

export const causeText = (cause: string | undefined): string =>
  (texts as Record<string, string>)[`cause_${cause}`] ?? "";
