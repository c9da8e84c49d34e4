// Both languages hold the same keys (plural forms apart), no value is empty, interpolations agree,
// and every area file is registered: with the first load in both index files, or as one that comes with its page.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const base = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src/i18n');
const forms = { ru: ['one', 'few', 'many', 'other'], en: ['one', 'other'] };
const plural = /_(zero|one|two|few|many|other)$/;

function flatten(node, prefix, into) {
  for (const [key, value] of Object.entries(node)) {
    const path = prefix ? `${prefix}.${key}` : key;
    if (typeof value === 'object') flatten(value, path, into);
    else into.set(path, value);
  }
  return into;
}
const words = (text) =>
  [...text.matchAll(/\{\{\s*([\w.]+)/g)]
    .map((m) => m[1])
    .sort()
    .join();

const problems = [];
const areas = { ru: readdirSync(join(base, 'ru')), en: readdirSync(join(base, 'en')) };
const all = {};
const later = readFileSync(join(base, 'index.ts'), 'utf8');
for (const lang of ['ru', 'en']) {
  const index = readFileSync(join(base, lang, 'index.ts'), 'utf8');
  all[lang] = new Map();
  for (const file of areas[lang].filter((name) => name.endsWith('.json'))) {
    if (!index.includes(`./${file}`) && !later.includes(`import('./${lang}/${file}')`))
      problems.push(`${lang}/${file} is not registered in ${lang}/index.ts`);
    flatten(JSON.parse(readFileSync(join(base, lang, file), 'utf8')), file.replace('.json', ''), all[lang]);
  }
}
for (const lang of ['ru', 'en']) {
  const other = lang === 'ru' ? 'en' : 'ru';
  const stems = new Set([...all[other].keys()].map((key) => key.replace(plural, '')));
  for (const [key, value] of all[lang]) {
    if (typeof value !== 'string' || !value.trim()) problems.push(`${lang}: ${key} is empty`);
    const stem = key.replace(plural, '');
    if (!stems.has(stem)) problems.push(`${other}: ${key} is missing`);
    if (plural.test(key) && (all[lang].has(`${stem}_one`) || all[lang].has(`${stem}_other`))) {
      for (const form of forms[lang]) {
        if (!all[lang].has(`${stem}_${form}`)) problems.push(`${lang}: ${stem}_${form} is missing`);
      }
    } else if (all[other].has(key) && words(value) !== words(all[other].get(key))) {
      problems.push(`${key}: interpolations differ (${words(value)} / ${words(all[other].get(key))})`);
    }
  }
}
if (problems.length) {
  console.error([...new Set(problems)].join('\n'));
  process.exit(1);
}
console.log(`i18n: ${all.ru.size} keys in ru, ${all.en.size} in en, complete`);
