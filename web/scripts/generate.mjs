// Makes src/api/gen from openapi.json, then takes links out of the generated comments,
// so that no address of a third party enters the tree.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(web, 'node_modules/@hey-api/openapi-ts/bin/run.js');

execFileSync(process.execPath, [cli, '--no-log-file'], { cwd: web, stdio: 'inherit' });

function* files(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else yield path;
  }
}

const link = /https?:\/\/[^\s'"`)<>\]}*]+/;
for (const path of files(join(web, 'src/api/gen'))) {
  const before = readFileSync(path, 'utf8');
  // Markdown links keep their words; bare links go away; only in comment lines, code is never touched.
  const after = before
    .split('\n')
    .map((line) =>
      /^\s*(\*|\/\/|\/\*)/.test(line)
        ? line
            .replace(new RegExp(`\\[([^\\]]+)\\]\\(${link.source}\\)`, 'g'), '$1')
            .replace(new RegExp(`\\{@link ${link.source}\\s*([^}]*)\\}`, 'g'), '$1')
            .replace(new RegExp(`<?${link.source}>?`, 'g'), '')
            .trimEnd()
        : line,
    )
    .join('\n');
  if (after !== before) writeFileSync(path, after);
}
