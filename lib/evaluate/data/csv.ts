/**
 * Reads comma-separated values with a header: quoted fields may hold commas, line breaks and doubled quotes.
 * @returns one object a row, by the header's names; missing fields are absent
 */
export function readTable(text: string): Record<string, string>[] {
  const [header = [], ...rows] = readRows(text.replace(/^\uFEFF/, ""));
  return rows.map((row) => Object.fromEntries(row.slice(0, header.length).map((value, i) => [header[i]!, value])));
}

function readRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted === undefined ? plain!.trim() : quoted.replaceAll('""', '"').trim());
    if (end === ",") continue;
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  }
  return rows;
}
