/** Free fields as people write them: a line each, `City: Tver`. */
export const linesOf = (fields: Record<string, string>): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');

export function fieldsOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*):?(.*)$/.exec(line) ?? [];
    if (name.trim()) found[name.trim()] = value.trim();
  }
  return found;
}
