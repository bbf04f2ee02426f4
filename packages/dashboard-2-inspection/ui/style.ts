/** Sizes follow the widget, not the screen: a letter of the verdict is a sixth of its height. */
export const style = `
.gs-inspection { container-type: size; height: 100%; min-height: 240px; overflow: hidden; }
.gs-inspection > div { height: 100%; display: flex; flex-direction: column; gap: 8px; }
.gs-verdict { display: flex; align-items: baseline; justify-content: space-between; flex-wrap: wrap; gap: 0 2cqw; padding: 0 2cqw; border-radius: 4px; background: #555; color: #fff; }
.gs-verdict[data-verdict=ok] { background: #1f7a32; }
.gs-verdict[data-verdict=anomaly] { background: #c01622; }
.gs-verdict[data-verdict=unlike] { background: #8a5f00; }
.gs-word { font-size: min(12cqw, 17cqh); font-weight: 800; line-height: 1.1; }
.gs-why { font-size: max(14px, min(3cqw, 4.5cqh)); font-variant-numeric: tabular-nums; }
.gs-main { flex: 1; min-height: 0; display: flex; gap: 8px; }
.gs-frame { flex: 3; min-width: 0; position: relative; background: rgba(127, 127, 127, .15); }
.gs-frame img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; }
.gs-frame label, .gs-number { position: absolute; left: 8px; padding: 2px 8px; border-radius: 4px; background: rgba(0, 0, 0, .65); color: #fff; }
.gs-frame label { bottom: 4px; display: flex; align-items: center; gap: 6px; }
.gs-number { top: 4px; }
.gs-side { flex: 1; min-width: 170px; display: flex; flex-direction: column; gap: 8px; overflow-y: auto; }
.gs-side table { width: 100%; border-collapse: collapse; font-size: 18px; line-height: 1.2; }
.gs-side th { text-align: left; font-weight: normal; }
.gs-side td { text-align: right; font-variant-numeric: tabular-nums; }
.gs-inspection button { font: inherit; color: inherit; background: transparent; border: 2px solid currentColor; border-radius: 6px; padding: 6px 10px; min-height: 40px; cursor: pointer; }
.gs-inspection button:disabled { opacity: .35; cursor: default; }
.gs-inspection button:focus-visible { outline: 3px solid #4a90ff; outline-offset: 1px; }
.gs-actions { display: flex; flex-wrap: wrap; gap: 6px; }
.gs-actions button { flex: 1 0 auto; max-width: 100%; }
.gs-said { min-height: 1.3em; }
.gs-rejects { display: flex; flex-wrap: wrap; gap: 4px; }
.gs-rejects button { width: 72px; height: 54px; padding: 0; border-color: #c01622; overflow: hidden; font-size: 13px; }
.gs-rejects button[data-verdict=unlike] { border-color: #c98a00; }
.gs-rejects button[data-said] { opacity: .55; }
.gs-rejects img { width: 100%; height: 100%; object-fit: cover; display: block; }
`;
