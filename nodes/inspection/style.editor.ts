/** Colours are the theme's, but those of the anomaly map, which are the overlay's. */
export const STYLE = `
.golden-sample-sidebar { padding: 8px; overflow-y: auto; height: 100%; box-sizing: border-box; }
.golden-sample-sidebar h4 { margin: 8px 0 2px; font-size: 12px; }
.golden-sample-sidebar input[type=range] { width: 100%; margin: 0; }
.golden-sample-sidebar .golden-sample-blend input { flex: 1; width: auto; min-width: 60px; }
.golden-sample-head { display: flex; flex-wrap: wrap; gap: 4px; margin-bottom: 6px; }
.golden-sample-head select { flex: 1 1 140px; min-width: 0; margin: 0; }
.golden-sample-verdict { padding: 4px 8px; font-weight: bold; border-left: 6px solid var(--red-ui-secondary-border-color); }
.golden-sample-verdict[data-verdict=ok] { border-color: var(--red-ui-text-color-success); }
.golden-sample-verdict[data-verdict=anomaly] { border-color: var(--red-ui-text-color-error); }
.golden-sample-verdict[data-verdict=unlike] { border-color: var(--red-ui-text-color-warning); }
.golden-sample-frame { position: relative; line-height: 0; }
.golden-sample-picture { width: 100%; }
.golden-sample-heat { position: absolute; left: 0; top: 0; width: 100%; height: 100%; pointer-events: none; }
.golden-sample-sidebar .golden-sample-blend { display: flex; white-space: nowrap; align-items: center; gap: 6px; margin: 4px 0 0; font-size: 11px; }
.golden-sample-small { font-size: 11px; color: var(--red-ui-secondary-text-color); }
.golden-sample-small > span { margin-right: 8px; white-space: nowrap; }
.golden-sample-legend { display: flex; align-items: center; gap: 4px; }
.golden-sample-gradient { flex: 1; height: 8px; margin: 0 !important; background: linear-gradient(to right, rgb(255, 210, 0), rgb(255, 0, 0)); }
.golden-sample-beside { display: flex; gap: 6px; margin-top: 4px; }
.golden-sample-beside figure { flex: 1; margin: 0; min-width: 0; }
.golden-sample-beside img { width: 100%; image-rendering: auto; border: 1px solid var(--red-ui-secondary-border-color); box-sizing: border-box; }
.golden-sample-beside figcaption { font-size: 11px; }
.golden-sample-actions { display: flex; flex-wrap: wrap; gap: 4px; margin: 6px 0; }
.golden-sample-said { min-height: 1.4em; font-size: 12px; }
.golden-sample-strip { display: flex; flex-wrap: wrap; gap: 2px; max-height: 120px; overflow-y: auto; }
.golden-sample-strip button { position: relative; width: 40px; height: 34px; padding: 0; background: none; border: 2px solid var(--red-ui-secondary-border-color); }
.golden-sample-strip button[data-verdict=ok] { border-color: var(--red-ui-text-color-success); }
.golden-sample-strip button[data-verdict=anomaly] { border-color: var(--red-ui-text-color-error); }
.golden-sample-strip button[data-verdict=unlike] { border-color: var(--red-ui-text-color-warning); }
.golden-sample-strip button[aria-pressed=true], .golden-sample-strip button:focus { outline: 2px solid var(--red-ui-text-color-link); }
.golden-sample-strip img { width: 100%; height: 100%; object-fit: cover; }
.golden-sample-strip i { position: absolute; right: 1px; bottom: 1px; font-size: 10px; }
.golden-sample-teach { border: 1px solid var(--red-ui-secondary-border-color); padding: 4px 8px; margin-bottom: 6px; }
.golden-sample-teach summary { cursor: pointer; font-weight: bold; }
.golden-sample-drop { border: 2px dashed var(--red-ui-secondary-border-color); padding: 8px; margin-top: 4px; text-align: center; }
.golden-sample-over { border-color: var(--red-ui-text-color-link); }
.golden-sample-errors { color: var(--red-ui-text-color-error); font-size: 12px; margin: 0 0 0 16px; }
.golden-sample-gallery { display: flex; flex-wrap: wrap; gap: 2px; max-height: 160px; overflow-y: auto; }
.golden-sample-gallery button { position: relative; width: 56px; height: 46px; padding: 0; background: none; border: 2px solid var(--red-ui-secondary-border-color); }
.golden-sample-gallery button.golden-sample-outlier { border-color: var(--red-ui-text-color-error); }
.golden-sample-gallery button:focus { outline: 2px solid var(--red-ui-text-color-link); }
.golden-sample-gallery img { width: 100%; height: 100%; object-fit: cover; }
.golden-sample-gallery span { position: absolute; left: 0; bottom: 0; padding: 0 2px; font-size: 10px; color: var(--red-ui-primary-text-color); background: var(--red-ui-secondary-background); }
.golden-sample-capture .golden-sample-actions { align-items: center; }
.golden-sample-capture input { width: 56px; margin: 0; }
.golden-sample-captured { display: flex; flex-wrap: wrap; gap: 4px; max-height: 280px; overflow-y: auto; }
.golden-sample-captured figure { margin: 0; width: 96px; }
.golden-sample-captured img { width: 100%; height: 72px; object-fit: cover; border: 1px solid var(--red-ui-secondary-border-color); box-sizing: border-box; }
.golden-sample-captured figure > div { display: flex; gap: 2px; }
.golden-sample-captured figure button { flex: 1; padding: 0; }
.golden-sample-captured figure button span { display: none; }
.golden-sample-large img { width: 100%; }
.golden-sample-charts canvas { display: block; border-bottom: 1px solid var(--red-ui-secondary-border-color); }
.golden-sample-swatch { display: inline-block; width: 8px; height: 8px; margin-right: 3px; opacity: 0.6; }
.golden-sample-swatch-parts { background: var(--red-ui-primary-text-color); }
.golden-sample-swatch-references { background: var(--red-ui-text-color-link); }
.golden-sample-swatch-defects { background: var(--red-ui-text-color-warning); }
.golden-sample-figures { margin: 4px 0; }
.golden-sample-facts { width: 100%; margin-top: 8px; font-size: 12px; }
.golden-sample-facts th { text-align: left; font-weight: normal; padding-right: 8px; white-space: nowrap; }
`;
