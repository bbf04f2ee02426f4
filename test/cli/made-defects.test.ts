import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { command } from "../support/command";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";

describe("golden-sample made-defects", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const path = (name: string) => join(folder.path, name);
  const run = (name: string, ...args: string[]) =>
    command(name, "--references", path("references"), "--resolution", "112", ...args);
  const records = ({ lines, stderr, status }: Awaited<ReturnType<typeof run>>) => {
    assert.equal(status, 0, stderr);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  before(async () => {
    folder = temporaryFolder();
    mkdirSync(path("references"));
    for (let seed = 1; seed <= 4; seed++) writeFileSync(path(`references/${seed}.jpg`), await partJpeg({ seed }));
  });
  after(() => folder.remove());

  it("counts what a threshold finds, by kind, size and contrast, the more the lower it is", async () => {
    const at = async (threshold: string) =>
      records(await run("made-defects", "--json", "--count", "80", "--threshold", threshold));
    const [rows, summary] = [(await at("0.0001")).slice(0, -1), (await at("9")).at(-1)!];
    assert.ok(rows.length > 20 && rows.every(({ kind, size, pixels }) => kind && size && (pixels as number) > 0));
    const { share, words } = summary.finds as { share: number; words: string };
    assert.equal(share, 0);
    assert.match(words, /finds 0 % of the test defects: .*resolution.*more references.*more false alarms/);
  });

  it("writes one page that shows each defect, found or missed", async () => {
    const { stdout, stderr, status } = await run("made-defects", "--count", "30", "--report", path("report"));
    assert.equal(status, 0, stderr);
    assert.match(stdout, /scratch, contrast 40 %/);
    assert.match(stdout, /At the threshold [\d.]+ the bank finds \d+ % of the test defects/);
    const page = readFileSync(path("report/made-defects.html"), "utf8");
    assert.ok(page.split("<figure").length > 20);
    assert.ok(!/(src|href)="(?!data:)/.test(page));
  });

  it("keeps them in the bank that they were made of, from which the threshold is told without making them again", async () => {
    const bank = path("part.safetensors");
    assert.equal((await run("build", "--out", bank)).status, 0);
    records(await run("made-defects", "--json", "--bank", bank, "--count", "80"));
    const { lines } = await command("threshold", "--json", "--bank", bank);
    const { finds } = JSON.parse(lines[0]!) as { finds: { count: number } };
    assert.ok(finds.count > 0);
  });

  it("needs the references", async () => {
    const { stderr, status } = await command("made-defects");
    assert.equal(status, 2);
    assert.match(stderr, /made-defects needs --references/);
  });
});
