/* A telephone number for the eye and from the clipboard. The server decides what a number is; here it is only
   drawn, and cleaned enough to be sent. */

const GROUPS: Record<string, readonly number[]> = {
  '7': [3, 3, 2, 2],
  '1': [3, 3, 4],
  '375': [2, 3, 2, 2],
  '380': [2, 3, 2, 2],
  '998': [2, 3, 2, 2],
  '996': [3, 3, 3],
  '374': [2, 3, 3],
  '995': [3, 2, 2, 2],
  '994': [2, 3, 2, 2],
  '992': [2, 3, 2, 2],
  '44': [4, 3, 3],
  '49': [3, 4, 4],
  '33': [1, 2, 2, 2, 2],
};
const NO_BREAK_HYPHEN = '\u2011';
const NO_BREAK_SPACE = '\u00a0';

/** E.164 with groups (+7 916 123-45-67). What is not E.164 (a short number, a SIP name) is returned as it came. */
export function prettyNumber(raw: string | null | undefined): string {
  if (!raw) return '';
  if (!/^\+\d{7,15}$/.test(raw)) return raw;
  const digits = raw.slice(1);
  const code = [3, 2, 1].map((n) => digits.slice(0, n)).find((c) => GROUPS[c]);
  if (!code) {
    const rest = digits.slice(2).replace(/(\d{3})(?=\d{2,})/g, `$1${NO_BREAK_SPACE}`);
    return `+${digits.slice(0, 2)}${NO_BREAK_SPACE}${rest}`;
  }
  const parts: string[] = [];
  let at = code.length;
  for (const size of GROUPS[code]!) {
    if (at < digits.length) parts.push(digits.slice(at, at + size));
    at += size;
  }
  if (at < digits.length) parts.push(digits.slice(at));
  const [area, ...local] = parts;
  return `+${code}${NO_BREAK_SPACE}${area}${local.length ? NO_BREAK_SPACE + local.join(NO_BREAK_HYPHEN) : ''}`;
}

/** Takes what was pasted (tel: links, brackets, dashes, words around) down to what can be dialled, or ''. */
export function dialable(pasted: string): string {
  const text =
    pasted
      .trim()
      .replace(/^(tel|callto|sip|sips):/i, '')
      .split(/[;@?]/)[0] ?? '';
  const start = text.search(/[+\d*#]/);
  if (start < 0) return '';
  const body = text.slice(start).replace(/(доб|ext|x|вн)\.?\s*\d+.*$/i, '');
  const plus = body.startsWith('+') ? '+' : '';
  return plus + body.replace(/[^\d*#]/g, '');
}

/** True for something that is clearly meant as a number rather than a name. */
export const looksDialable = (text: string): boolean =>
  dialable(text).length >= 2 && !/[a-zа-яё]{3,}/i.test(text.replace(/^(tel|callto|sip|sips):/i, ''));
