/**
 * Builds everything into dist/: compiles TypeScript, puts what Node-RED looks for beside each node's script (dialog,
 * icon, catalogues, help), and removes what no longer has a source. Ends with 1 on any type error or missing piece.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const DIST = join(ROOT, "dist");
const PACKAGES = join(ROOT, "packages");
/** Folders that are compiled, and so may leave stale files behind. */
const COMPILED = ["lib", "nodes", "cli", "scripts", "test", "bench"];
/** The node in whose catalogue the sentences said at run time are looked up; see nodes/shared/language.ts. */
const SPEAKER = "bank";
const require = createRequire(import.meta.url);
const problems = [];

compile();
// Dialogs are made by compiled code, which with type errors may not be there.
if (problems.length === 0) removeStale(new Set([...placeNodeFiles(), ...placePluginFiles(), ...placeWeights()]));
if (problems.length > 0) {
  for (const problem of problems) console.error(`build: ${problem}`);
  process.exit(1);
}

function compile() {
  // Compiled files deleted by hand would not come back: the compiler trusts its own notes.
  const missing = sources().some((file) => !existsSync(compiledPath(file, ".js")));
  if (missing) rmSync(join(DIST, ".tsbuildinfo"), { force: true });
  runCompiler(["-p", ROOT]);
  runCompiler(["-p", join(ROOT, "nodes", "tsconfig.editor.json")]);
  for (const name of folders(PACKAGES)) buildPackage(join(PACKAGES, name));
}

/** A package beside the main one: its own dist/, with dialogs and texts where Node-RED looks for them. */
function buildPackage(folder) {
  const dist = join(folder, "dist");
  for (const file of walk(dist)) {
    const source = join(folder, relative(dist, file)).replace(/\.(js|js\.map|d\.ts)$/, ".ts");
    if (existsSync(source) || file.endsWith(".tsbuildinfo")) continue;
    rmSync(dist, { recursive: true });
    break;
  }
  runCompiler(["-p", folder]);
  for (const file of walk(join(folder, "node"))) {
    if (!file.endsWith(".ts")) write(join(dist, relative(folder, file)), readFileSync(file, "utf8"));
  }
  if (existsSync(join(folder, "ui"))) buildWidgets(folder);
}

/** What a dashboard loads of a package: Node-RED serves the folder resources/ of it. */
function buildWidgets(folder) {
  runCompiler(["-p", join(folder, "ui")]);
  const { widgets } = parse(join(folder, "package.json"))["node-red-dashboard-2"];
  for (const { output } of Object.values(widgets))
    write(
      join(folder, "resources", output),
      bundle(join(folder, "ui", output.replace(/\.js$/, ".ts")), join(folder, "ui", "tsconfig.json")),
    );
}

function runCompiler(args) {
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const { status } = spawnSync(process.execPath, [compiler, ...args], { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) problems.push(`tsc ${relative(ROOT, args[1]) || "."} found errors`);
}

function* placeNodeFiles() {
  const languages = folders(join(ROOT, "locales"));
  const nodes = folders(join(ROOT, "nodes")).filter((name) => existsSync(join(ROOT, "nodes", name, `${name}.form.ts`)));
  for (const node of nodes) {
    const target = join(DIST, "nodes", node);
    yield write(join(target, `${node}.html`), dialog(node));
    const icon = `golden-sample-${node}.svg`;
    yield write(join(target, "icons", icon), read(join(ROOT, "icons", icon)));
    for (const language of languages) {
      const locale = join(ROOT, "locales", language);
      const beside = join(target, "locales", language);
      yield write(join(beside, `${node}.json`), catalogue(locale, node));
      yield write(join(beside, `${node}.html`), read(join(locale, `${node}.html`)));
    }
  }
}

/** What the editor has of ours besides nodes: a script and its catalogues. */
function* placePluginFiles() {
  const { plugins } = parse(join(ROOT, "package.json"))["node-red"];
  for (const file of Object.values(plugins)) {
    const name = basename(file, ".js");
    const target = join(ROOT, dirname(file));
    yield write(join(target, `${name}.html`), script(name, name));
    for (const page of readdirSync(join(ROOT, "nodes", name)).filter((file) => file.endsWith(".page.html")))
      yield write(join(target, page), standalonePage(name, page));
    for (const language of folders(join(ROOT, "locales"))) {
      const texts = catalogue(join(ROOT, "locales", language), name);
      yield write(join(target, "locales", language, `${name}.json`), texts);
    }
  }
}

/** Models that lib/ reads at run time lie beside the code that reads them. */
function* placeWeights() {
  for (const file of walk(join(ROOT, "lib"))) {
    if (!file.endsWith(".onnx")) continue;
    const target = join(DIST, relative(ROOT, file));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file, target);
    yield target;
  }
}

/** A node's catalogue is its own file and what all nodes share: Node-RED gives each node a namespace of its own. */
function catalogue(locale, node) {
  const [own, shared] = [`${node}.json`, "shared.json"].map((file) => parse(join(locale, file)));
  const said = node === SPEAKER ? parse(join(locale, "sentences.json")) : {};
  return `${JSON.stringify({ ...merged(shared, own), ...said }, null, 2)}\n`;
}

function merged(base, over) {
  if (typeof base !== "object" || typeof over !== "object") return over ?? base;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries(
    [...keys].map((key) => [key, key in over ? (key in base ? merged(base[key], over[key]) : over[key]) : base[key]]),
  );
}

function parse(file) {
  try {
    return JSON.parse(read(file) || "{}");
  } catch (error) {
    problems.push(`${relative(ROOT, file)} is no JSON: ${error.message}`);
    return {};
  }
}

/** What Node-RED's editor loads of a node: its form, and the script behind it in one piece. */
function dialog(node) {
  const { default: form } = require(join(DIST, "nodes", node, `${node}.form.js`));
  return `${form}\n${script(node, node)}`;
}

/** The script behind a form, or of a plugin, in one piece. */
function script(node, name) {
  const text = bundle(join(ROOT, "nodes", node, `${name}.editor.ts`), join(ROOT, "nodes", "tsconfig.editor.json"));
  return `<script type="text/javascript">\n${text}</script>\n`;
}

function bundle(entry, tsconfig) {
  const options = { bundle: true, format: "iife", charset: "utf8", write: false };
  return buildSync({ entryPoints: [entry], tsconfig, ...options }).outputFiles[0].text;
}

/** A page that needs nothing else: its script inside, and its texts of all languages. */
function standalonePage(folder, file) {
  const name = basename(file, ".page.html");
  const texts = folders(join(ROOT, "locales")).map((language) => [
    language,
    parse(join(ROOT, "locales", language, `${folder}.json`))[name],
  ]);
  const data = JSON.stringify(Object.fromEntries(texts)).replaceAll("<", "\\u003c");
  return read(join(ROOT, "nodes", folder, file))
    .replace("<!-- texts -->", () => `<script type="application/json" id="texts">${data}</script>`)
    .replace("<!-- script -->", () => script(folder, name));
}

function removeStale(kept) {
  for (const folder of COMPILED) {
    for (const file of walk(join(DIST, folder))) {
      const path = relative(DIST, file);
      const source = /\.(js|js\.map|d\.ts)$/.test(path) ? path.replace(/\.(js|js\.map|d\.ts)$/, ".ts") : undefined;
      // Data that code imports (.json) lies where its source does.
      const wanted = source ? existsSync(join(ROOT, source)) : kept.has(file) || existsSync(join(ROOT, path));
      if (!wanted) rmSync(file);
    }
  }
}

function sources() {
  return COMPILED.flatMap((folder) => [...walk(join(ROOT, folder))]).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".editor.ts") && !file.endsWith(".d.ts"),
  );
}

function compiledPath(file, extension) {
  return join(DIST, relative(ROOT, dirname(file)), `${basename(file, ".ts")}${extension}`);
}

function* walk(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) yield* walk(join(folder, entry.name));
    else yield join(folder, entry.name);
  }
}

function folders(parent) {
  return readdirSync(parent).filter((name) => statSync(join(parent, name)).isDirectory());
}

function read(file) {
  if (existsSync(file)) return readFileSync(file, "utf8");
  problems.push(`${relative(ROOT, file).split(sep).join("/")} is missing`);
  return "";
}

function write(file, content) {
  mkdirSync(dirname(file), { recursive: true });
  // Files that stay as they are keep their time, for whoever watches them.
  if (!existsSync(file) || readFileSync(file, "utf8") !== content) writeFileSync(file, content);
  return file;
}
