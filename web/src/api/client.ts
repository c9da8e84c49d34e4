/* The one way to the server: problems with codes, retries with one idempotency key, the end of a sign-in. */

import i18n from 'i18next';
import { textOf } from '~/i18n';
import { uuid7 } from '~/lib/ids';

export type Facts = Record<string, unknown>;
export interface FieldProblem {
  place: string;
  code: string;
  facts?: Facts;
}

/** What the server refused, or what stood between: a code and facts; the screen speaks. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly facts: Facts = {},
    readonly problems: readonly FieldProblem[] = [],
  ) {
    super(code);
    this.name = 'Problem';
  }
}

const READ_TIMEOUT_MS = 15_000;
const WRITE_TIMEOUT_MS = 8_000;
/** Pauses before the next tries of a request that did not reach the server. */
const PAUSES_MS = [300, 1000, 2500];

const signedOutWatchers = new Set<() => void>();
/** Called when the server no longer knows the sign-in. */
export function onSignedOut(watch: () => void): () => void {
  signedOutWatchers.add(watch);
  return () => {
    signedOutWatchers.delete(watch);
  };
}
export function tellSignedOut(): void {
  for (const watch of signedOutWatchers) watch();
}

const nap = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

async function problemOf(response: Response): Promise<Problem> {
  let body: { code?: unknown; facts?: Facts; place?: unknown; problems?: FieldProblem[] } = {};
  try {
    body = await response.json();
  } catch {
    /* a proxy's page, or nothing: the number must do */
  }
  const code = typeof body.code === 'string' ? body.code : `http_${response.status}`;
  const problems = Array.isArray(body.problems)
    ? body.problems
    : typeof body.place === 'string' && body.place
      ? [{ place: body.place, code, facts: body.facts ?? {} }]
      : [];
  return new Problem(response.status, code, body.facts ?? {}, problems);
}

interface CallOptions {
  query?: Record<string, string | number | boolean | readonly (string | number)[] | null | undefined>;
  body?: unknown;
  /** Sent as it is instead of JSON: a sound. */
  file?: Blob;
  /** Milliseconds until it counts as not reached; long for what is large or has to be computed. */
  timeout?: number;
  signal?: AbortSignal | undefined;
  /** False for what must not be tried again by itself (dialling a number is safe: it has a key). */
  retry?: boolean;
  /** A refused sign-in is no end of a sign-in. */
  anonymous?: boolean;
}

export function address(path: string, query?: CallOptions['query']): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === null || value === undefined || value === '') continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const writes = method !== 'GET';
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (writes) {
    headers['X-Otklik'] = '1';
    headers['Idempotency-Key'] = uuid7();
  }
  const sent = options.file ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  if (options.file) headers['Content-Type'] = options.file.type || 'application/octet-stream';
  else if (sent !== undefined) headers['Content-Type'] = 'application/json';
  const url = address(path, options.query);
  for (let attempt = 0; ; attempt++) {
    const timeout = AbortSignal.timeout(options.timeout ?? (writes ? WRITE_TIMEOUT_MS : READ_TIMEOUT_MS));
    let response: Response;
    try {
      response = await fetch(url, {
        method,
        headers,
        credentials: 'same-origin',
        signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
        ...(sent === undefined ? {} : { body: sent }),
      });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      const pause = PAUSES_MS[attempt];
      if (options.retry === false || !writes || pause === undefined) throw new Problem(0, 'network');
      await nap(pause);
      continue;
    }
    if (response.ok) {
      if (response.status === 204) return undefined as T;
      const type = response.headers.get('Content-Type') ?? '';
      if (type.startsWith('audio/')) return (await response.blob()) as T;
      return (type.includes('json') ? await response.json() : await response.text()) as T;
    }
    const problem = await problemOf(response);
    const pause = PAUSES_MS[attempt];
    if ((response.status === 502 || response.status === 504) && writes && options.retry !== false && pause) {
      await nap(pause);
      continue;
    }
    if (response.status === 401 && !options.anonymous) tellSignedOut();
    throw problem;
  }
}

export const get = <T>(path: string, query?: CallOptions['query'], signal?: AbortSignal): Promise<T> =>
  call<T>('GET', path, { query: query ?? {}, signal });
export const post = <T = { seq?: string }>(path: string, body?: unknown, options?: CallOptions): Promise<T> =>
  call<T>('POST', path, { ...options, body: body ?? {} });
export const put = <T = unknown>(path: string, body: unknown, options?: CallOptions): Promise<T> =>
  call<T>('PUT', path, { ...options, body });
export const patch = <T = unknown>(path: string, body: unknown, options?: CallOptions): Promise<T> =>
  call<T>('PATCH', path, { ...options, body });
export const del = <T = unknown>(path: string, options?: CallOptions): Promise<T> =>
  call<T>('DELETE', path, options);

/** What only the administration is refused comes with its words. */
const refusalText = (code: string, facts?: Facts): string | null =>
  textOf(`refusals.${code}`, facts) ?? textOf(`admin.refusals.${code}`, facts);

/** A problem in the reader's language. Codes without a text of their own are named, never swallowed. */
export function problemText(error: unknown): string {
  if (!(error instanceof Problem)) return i18n.t('common.error.unknown', { code: 'browser' });
  if (error.code === 'network') return i18n.t('common.error.network');
  const text = refusalText(error.code, error.facts);
  if (text) return text;
  if (error.status === 422) return i18n.t('common.error.invalid');
  return i18n.t('common.error.unknown', { code: error.code });
}

/** Messages by field of a form, from a 422. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof Problem)) return {};
  return Object.fromEntries(
    error.problems.map(({ place, code, facts }) => [
      place,
      refusalText(code, facts) ?? i18n.t('common.error.invalid'),
    ]),
  );
}
