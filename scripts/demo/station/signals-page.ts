import { createServer } from "node:http";
import { listen } from "../ports";
import { type Recording, SIGNALS } from "./signal-recorder";

const STATES = [
  ...["", "Preoperational", "Halted", "Error", "Initialized", "Ready", "SingleExecution", "ContinuousExecution"],
];

/** A page on 127.0.0.1 that draws the signals as they are, and what they were. @returns its address, and how it ends */
export async function serveSignals(
  read: () => Recording & { line: Record<string, string | number> },
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const isData = request.url === "/signals.json";
    const isPage = request.url === "/";
    response.writeHead(isData || isPage ? 200 : 404, {
      "Content-Type": isData ? "application/json" : "text/html; charset=utf-8",
      "Cache-Control": "no-store",
      "Content-Security-Policy": "default-src 'self' 'unsafe-inline'",
    });
    response.end(isData ? JSON.stringify(read()) : isPage ? PAGE : "");
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Station: signals</title>
<style>
:root { color-scheme: light dark; --line: light-dark(#1f6f43, #6fd39b); --plc: light-dark(#1a5fb4, #78aeff);
  --bad: light-dark(#b3261e, #ff8a80); --grid: light-dark(#ddd, #3a3a3a); }
body { font: 14px/1.4 system-ui, sans-serif; margin: 1rem 1.5rem; }
h1 { font-size: 1.1rem; font-weight: 600; margin: 0 0 .5rem; }
dl { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: 0 0 .75rem; }
dl div { display: flex; gap: .4rem; } dt { opacity: .7; } dd { margin: 0; font-variant-numeric: tabular-nums; font-weight: 600; }
svg { width: 100%; height: auto; display: block; } text { fill: currentColor; font-size: 12px; }
.grid { stroke: var(--grid); } path { fill: none; stroke-width: 1.6; stroke: var(--line); }
path.plc { stroke: var(--plc); } path.fail, path.unlike { stroke: var(--bad); }
label, button { margin-right: 1rem; }
</style>
<h1>Between the PLC and the station</h1>
<dl id="facts"></dl>
<p><button id="hold" aria-pressed="false">Hold</button>
<label>Seconds shown <select id="span"><option>0.5<option>1<option selected>2<option>5<option>20</select></label>
<span id="away" role="status"></span></p>
<svg id="diagram" role="img" aria-label="Timing diagram of the signals"></svg>
<script>
const SIGNALS = ${JSON.stringify(SIGNALS)};
const STATES = ${JSON.stringify(STATES)};
const [LEFT, WIDTH, ROW, HIGH] = [100, 1100, 30, 16];
const element = (id) => document.getElementById(id);
const svg = element("diagram");
let recording, isHeld = false;
svg.setAttribute("viewBox", "0 0 " + WIDTH + " " + (SIGNALS.length * ROW + 24));

function draw() {
  const span = Number(element("span").value) * 1000;
  const { now, changes } = recording;
  const x = (time) => LEFT + Math.max(0, (time - now + span) / span) * (WIDTH - LEFT);
  const parts = [];
  for (let i = 0; i <= 10; i++) {
    const at = LEFT + (i / 10) * (WIDTH - LEFT), bottom = SIGNALS.length * ROW;
    parts.push('<line class="grid" x1="' + at + '" x2="' + at + '" y1="0" y2="' + bottom + '"/>');
    const label = Math.round(((i - 10) / 10) * span) + (i === 10 ? " ms" : "");
    parts.push('<text x="' + at + '" y="' + (bottom + 16) + '" text-anchor="' + (i === 10 ? "end" : "middle") + '">' + label + '</text>');
  }
  const shown = changes.filter(([time], i) => !changes[i + 1] || changes[i + 1][0] > now - span);
  SIGNALS.forEach(({ name, by }, i) => {
    const y = (levels) => i * ROW + (levels >> i & 1 ? ROW - HIGH - 6 : ROW - 6);
    let path = "";
    shown.forEach(([time, levels], k) => { path += (k ? "H" + x(time) + "V" : "M" + LEFT + " ") + y(levels); });
    if (shown.length) path += "H" + x(now);
    parts.push('<text x="0" y="' + (i * ROW + ROW - 8) + '">' + name + '</text><path class="' + by + " " + name + '" d="' + path + '"/>');
  });
  svg.innerHTML = parts.join("");
  const { state, errorCode, resultCode, inspectionId, partId } = recording.numbers;
  const facts = { state: STATES[state] || "-", errorCode, inspectionId, partId, resultCode, ...recording.line };
  element("facts").replaceChildren(...Object.entries(facts).map(([name, value]) => {
    const [row, term, fact] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
    [term.textContent, fact.textContent] = [name, value];
    row.append(term, fact);
    return row;
  }));
}
async function follow() {
  try {
    if (!isHeld) {
      recording = await (await fetch("signals.json")).json();
      draw();
    }
    element("away").textContent = "";
  } catch { element("away").textContent = "The line has ended."; }
  setTimeout(follow, 100);
}
element("hold").onclick = () => { isHeld = !isHeld; element("hold").setAttribute("aria-pressed", isHeld); };
element("span").onchange = () => recording && draw();
follow();
</script>
</html>
`;
