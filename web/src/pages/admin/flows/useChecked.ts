import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Problem, post, problemText } from '~/api/client';
import type { FlowProblemRow, FlowRead } from '~/api/gen/types.gen';
import { lineOfComplaint, type Span, spanOf } from '../flow';
import type { Draft } from './model';

const PAUSE_MS = 400;
/** What the server calls a flow without a name. */
const NAMELESS = '-';

export interface Checked {
  problems: readonly FlowProblemRow[];
  isChecked: boolean;
  /** As the server reads it, with every field; null while it cannot be read. */
  written: Draft | null;
  text: string;
  /** What is typed is no flow at the moment. */
  isUnreadable: boolean;
  /** Something was typed that the draft may not hold yet. */
  isTyped: boolean;
  onText: (text: string) => void;
  hurry: () => void;
  /** What was typed gives way to the text that the server writes. */
  forget: () => void;
  spanOfProblem: (problem: FlowProblemRow, keys: readonly string[]) => Span | null;
  markedLines: (keys: readonly string[]) => ReadonlySet<number>;
}

/** What the server says to a draft, or to its text while that is being typed, shortly after each change. */
export function useChecked(draft: Draft, isText: boolean, onRead: (draft: Draft) => void): Checked {
  const [typed, setTyped] = useState<string | null>(null);
  const source = isText ? typed : null;
  // While a text is typed the draft follows it, and must not be asked about in its turn.
  const basis = source === null ? draft : null;
  const asked = useMemo(() => (basis ? { draft: basis } : { text: source ?? '' }), [source, basis]);
  const [paused] = useDebouncedValue(asked, PAUSE_MS);
  const [hurried, setHurried] = useState<unknown>(null);
  const sent = hurried === asked ? asked : paused;
  const read = useQuery({
    queryKey: ['flow-read', sent],
    queryFn: ({ signal }) =>
      'text' in sent
        ? post<FlowRead>('/api/v1/flows/read', sent, { signal })
        : post<FlowRead>('/api/v1/flows/write', sent.draft, { signal }),
    retry: false,
  });
  const isCurrent = sent === asked;
  const isChecked = isCurrent && !read.isFetching;
  const last = useRef<FlowRead | null>(null);
  if (read.data) last.current = read.data;
  const shown = read.data ?? last.current;

  // A text that can be read becomes the draft, so that the picture and the outline follow.
  const taken = useRef<unknown>(null);
  useEffect(() => {
    if (!read.data || !('text' in sent) || !isCurrent || taken.current === read.data) return;
    taken.current = read.data;
    onRead(read.data.draft);
  }, [read.data, sent, isCurrent, onRead]);

  const problems = useMemo(
    () => (read.error ? complaints(read.error) : read.data ? problemsOf(read.data) : []),
    [read.error, read.data],
  );
  const text = source ?? (shown && !('text' in sent && source === null) ? shown.text : '');
  const spanOfProblem = useCallback(
    (problem: FlowProblemRow, keys: readonly string[]) => whereIs(text, problem, keys),
    [text],
  );
  return {
    problems,
    isChecked,
    written: read.data && isCurrent ? read.data.draft : null,
    text,
    isUnreadable: source !== null && (Boolean(read.error) || !isChecked),
    isTyped: source !== null,
    onText: setTyped,
    hurry: () => {
      setHurried(asked);
      if (isCurrent) void read.refetch();
    },
    forget: () => setTyped(null),
    spanOfProblem,
    markedLines: (keys) => new Set(problems.flatMap((problem) => spanOfProblem(problem, keys)?.line ?? [])),
  };
}

/** What must be mended before this may be published. */
function problemsOf({ draft, problems }: FlowRead): FlowProblemRow[] {
  if (draft.name !== NAMELESS) return problems;
  return [{ code: 'name_missing', place: 'name', detail: '' }, ...problems];
}

/** What is no flow at all. */
function complaints(error: unknown): FlowProblemRow[] {
  if (error instanceof Problem && (error.code === 'flow_unreadable' || error.code === 'flow_malformed')) {
    const { misfits } = error.facts;
    if (Array.isArray(misfits) && misfits.length) return misfits as FlowProblemRow[];
    return [{ code: error.code, place: '', detail: String(error.facts.detail ?? '') }];
  }
  return [{ code: problemText(error), place: '', detail: '' }];
}

function whereIs(
  text: string,
  { code, place, detail }: FlowProblemRow,
  keys: readonly string[],
): Span | null {
  if (place) return spanOf(text, place, keys);
  if (code === 'flow_unreadable') {
    const line = lineOfComplaint(detail);
    const lines = text.split('\n');
    if (!line || line > lines.length) return null;
    const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    return { line: line - 1, from, to: from + (lines[line - 1]?.length ?? 0) };
  }
  return null;
}
