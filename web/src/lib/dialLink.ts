/* Links that dial: `tel:+7...` of other pages leads to `/desk?dial=tel:+7...`, which fills the field and no more. */

/** The number of a link, or of what stands after `?dial=`; '' when there is none. */
export function numberOfLink(text: string | null | undefined): string {
  // A plus that nobody encoded comes out of an address as a space.
  const given = (text ?? '')
    .replace(/^(web[+ ])?tel:(\/\/)?/i, '')
    .replace(/^ (?=\d)/, '+')
    .trim();
  let plain = given;
  try {
    plain = decodeURIComponent(given);
  } catch {
    // A bare per cent sign: taken as it is.
  }
  // Parameters of RFC 3966 (`;ext=12`) are not dialled.
  const number = (plain.split(';')[0] ?? '').trim();
  return /^[\d\s+()*#.,\-–]{2,64}$/.test(number) ? number : '';
}

/** The number that this page was opened with, once: a reload is not asked to dial again. */
export function takeDialLink(): string {
  const search = new URLSearchParams(location.search);
  const number = numberOfLink(search.get('dial'));
  if (search.has('dial')) {
    search.delete('dial');
    const rest = search.toString();
    history.replaceState(history.state, '', location.pathname + (rest ? `?${rest}` : ''));
  }
  return number;
}

export const canRegister = (): boolean => typeof navigator.registerProtocolHandler === 'function';

/** Asks the browser to lead links that dial to the desk; it asks the person. */
export function registerDialLinks(): void {
  const address = `${location.origin}/desk?dial=%s`;
  navigator.registerProtocolHandler('tel', address);
  navigator.registerProtocolHandler('web+tel', address);
}
