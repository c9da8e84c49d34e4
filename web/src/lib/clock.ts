/* The server's clock as the browser knows it: states carry the server's moments, screens tick by themselves. */

let offset = 0;

/** Told by the live feed and by answers of the API: the server's epoch milliseconds now. */
export function setServerNow(serverMs: number, localMs: number = Date.now()): void {
  offset = serverMs - localMs;
}
export const serverNow = (): number => Date.now() + offset;
