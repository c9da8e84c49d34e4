// Checks the size of what a browser loads, gzipped: the first page, each lazy page, the charts.
// Reads the manifest of the last build; fails with the names of what grew.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(web, '../src/otklik/static');
const manifestPath = join(out, '.vite/manifest.json');
if (!existsSync(manifestPath)) {
  console.error('budget: no build found, run "npm run build" first');
  process.exit(2);
}
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));

const KB = 1024;
const FIRST = 260 * KB;
const PAGE = 80 * KB;
const REPORTS = 260 * KB;

const size = (file) => gzipSync(readFileSync(join(out, file)), { level: 9 }).length;

function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}
const filesOf = (keys) => {
  const files = new Set();
  for (const key of keys) {
    files.add(manifest[key].file);
    for (const css of manifest[key].css ?? []) files.add(css);
  }
  return files;
};
const sum = (files) => [...files].reduce((total, file) => total + size(file), 0);

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const languages = Object.keys(manifest).filter((key) => /src\/i18n\/(ru|en)\/index\.ts$/.test(key));
const firstKeys = closure(entry);
const language = Math.max(0, ...languages.map((key) => sum(filesOf(closure(key)))));
const firstFiles = filesOf(firstKeys);
const rows = [['first load (with one language)', sum(firstFiles) + language, FIRST]];

for (const key of Object.keys(manifest)) {
  if (!manifest[key].isDynamicEntry || languages.includes(key)) continue;
  if (key.endsWith('everyStyle.ts')) continue; // comes when the page is idle
  const own = [...filesOf(closure(key))].filter((file) => !firstFiles.has(file));
  const limit = /pages\/reports|ui\/EChart/.test(key) ? REPORTS : PAGE;
  rows.push([key.replace(/^(\.\.\/)*/, ''), sum(own), limit]);
}

let failed = false;
for (const [name, bytes, limit] of rows) {
  const over = bytes > limit;
  failed ||= over;
  console.log(
    `${over ? 'OVER' : '  ok'}  ${(bytes / KB).toFixed(1).padStart(7)} KB of ${limit / KB}  ${name}`,
  );
}
process.exit(failed ? 1 : 0);
