import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowLeft, CircleAlert, CircleCheck, Trash2 } from 'lucide-react';
import { useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, get, Problem, post, problemText, put } from '~/api/client';
import type { FlowProblemRow, FlowPublication, FlowRead, FlowRow, FlowVersionRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { textOf } from '~/i18n';
import { Chip } from '~/ui/Chip';
import { useConfirm } from '~/ui/Confirm';
import { ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import { useGuard } from './Editor';
import { FlowOutline } from './FlowOutline';
import { FlowRehearsal } from './FlowRehearsal';
import css from './Flows.module.css';
import { FlowText, type FlowTextHandle } from './FlowText';
import { FlowVersions } from './FlowVersions';
import { isSame, lineOfComplaint, nodeOfPlace, outline, type Span, spanOf } from './flow';
import { exampleFlow } from './flowExample';
import { refresh, useThings } from './things';

const PAUSE_MS = 400;
/** What the server calls a flow without a name. */
const NAMELESS = '-';

interface Props {
  /** Null: a new one. */
  row: FlowRow | null;
  onClose: () => void;
  onCreated: (id: number) => void;
}

/** Waits for the text of the newest version; a new flow begins with an example. */
export function FlowEditor({ row, ...rest }: Props) {
  const { t } = useTranslation();
  const versions = useQuery({
    queryKey: ['admin', 'flow-versions', row?.id],
    queryFn: ({ signal }) => get<FlowVersionRow[]>(`/api/v1/flows/${row?.id}/versions`, {}, signal),
    enabled: row !== null,
  });
  const [example] = useState(() => exampleFlow(t));
  const first = row ? versions.data?.[0]?.text : example;
  if (first === undefined) {
    return (
      <section className={`panel ${css.gone}`}>
        {versions.error ? (
          <ErrorState text={problemText(versions.error)} onRetry={() => void versions.refetch()} />
        ) : (
          <Loading rows={10} />
        )}
      </section>
    );
  }
  return <Opened row={row} first={first} versions={versions} {...rest} />;
}

interface OpenedProps extends Props {
  first: string;
  versions: { data: FlowVersionRow[] | undefined; error: unknown; refetch: () => unknown };
}

function Opened({ row, first, versions, onClose, onCreated }: OpenedProps) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const [text, setText] = useState(first);
  // What is kept on the server already: leaving it loses nothing.
  const kept = useRef(first);
  const isDirty = () => text !== kept.current;
  useGuard(isDirty);

  const [paused] = useDebouncedValue(text, PAUSE_MS);
  const [hurried, setHurried] = useState<string | null>(null);
  const asked = hurried === text ? text : paused;
  const read = useQuery({
    queryKey: ['flow-read', asked],
    queryFn: ({ signal }) => post<FlowRead>('/api/v1/flows/read', { text: asked }, { signal }),
    retry: false,
  });
  const check = () => {
    setHurried(text);
    if (asked === text) void read.refetch();
  };
  // The outline stays while a text cannot be read for a moment.
  const last = useRef<FlowRead | null>(null);
  if (read.data) last.current = read.data;
  const shown = read.data ?? last.current;
  const isChecked = asked === text && !read.isFetching;
  const problems = useMemo(
    () => (read.error ? complaints(read.error) : read.data ? problemsOf(read.data) : []),
    [read.error, read.data],
  );
  const isFit = isChecked && read.data !== undefined && !problems.length;
  const newest = versions.data?.[0]?.draft;
  const isChanged = !newest || !isSame(read.data?.draft, newest);

  const nodes = useMemo(() => (shown ? outline(shown.draft) : []), [shown]);
  const keys = useMemo(() => nodes.map((it) => it.key), [nodes]);
  const placed = useMemo(
    () => problems.map((problem) => ({ problem, span: whereIs(text, problem, keys) })),
    [problems, text, keys],
  );
  const marked = useMemo(() => new Set(placed.flatMap(({ span }) => (span ? [span.line] : []))), [placed]);
  const unfit = useMemo(
    () => new Set(problems.flatMap(({ place }) => nodeOfPlace(place, keys) ?? [])),
    [problems, keys],
  );
  const area = useRef<FlowTextHandle>(null);
  const pick = (key: string) => {
    const span = spanOf(text, `nodes.${key}`, [key]);
    if (span) area.current?.show(span);
  };

  const looks = useCan('watch.board');
  const mayQueues = useCan('manage.queues');
  const queues = useThings('queues', { may: mayQueues || looks }).data;
  const queueName = useCallback(
    (id: unknown) =>
      id ? (queues?.find((it) => it.id === id)?.name ?? `№ ${id}`) : t('admin.flows.queue_of_number'),
    [queues, t],
  );
  const mayNumbers = useCan('manage.numbers');
  const numbers = useThings('numbers', { may: mayNumbers || looks }).data;
  const called = useMemo(
    () => numbers ?? row?.numbers.map((number) => ({ number, name: '' })) ?? [],
    [numbers, row?.numbers],
  );

  const publish = useMutation({
    mutationFn: ({ draft }: { draft: FlowRead['draft']; text: string }) =>
      row
        ? put<FlowPublication>(`/api/v1/flows/${row.id}`, draft)
        : post<FlowPublication>('/api/v1/flows', draft),
    onSuccess: async (done, sent) => {
      kept.current = sent.text;
      await refresh(queries);
      toast(t('admin.flows.published', { version: done.version }));
      if (!row) onCreated(done.id);
    },
  });
  const retire = useMutation({
    mutationFn: () => del(`/api/v1/flows/${row?.id}`),
    onSuccess: async () => {
      kept.current = text;
      onClose();
      await refresh(queries);
      toast(t('admin.removed'));
    },
  });
  const refused = publish.error ?? retire.error;
  const take = async (version: FlowVersionRow) => {
    const isLost = isDirty() && !versions.data?.some((it) => it.text === text);
    if (
      isLost &&
      !(await ask({
        title: t('admin.flows.versions.take_title', { version: version.version }),
        text: t('admin.flows.versions.take_text'),
        confirm: t('admin.flows.versions.take'),
      }))
    ) {
      return;
    }
    setText(version.text);
  };
  return (
    <section className={css.editor} aria-labelledby="flow-title">
      <header className={css.head}>
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<ArrowLeft size={16} aria-hidden />}
          onClick={onClose}
        >
          {t('admin.flows.title')}
        </Button>
        <h2 id="flow-title">{row?.name ?? t('admin.flows.new')}</h2>
        {row ? <Chip tone="mute">{t('admin.flows.versions.one', { version: row.version })}</Chip> : null}
        <span className={css.push} />
        {row ? (
          <Button
            variant="subtle"
            className={css.retire ?? ''}
            leftSection={<Trash2 size={16} aria-hidden />}
            loading={retire.isPending}
            onClick={async () => {
              const isSure = await ask({
                title: t('admin.flows.retire_title', { name: row.name }),
                text: t('admin.flows.retire_text'),
                confirm: t('admin.flows.retire'),
                danger: true,
              });
              if (isSure) retire.mutate();
            }}
          >
            {t('admin.flows.retire')}
          </Button>
        ) : null}
        <Button
          disabled={!isFit || !isChanged}
          loading={publish.isPending}
          onClick={() => {
            if (read.data) publish.mutate({ draft: read.data.draft, text });
          }}
        >
          {t('admin.flows.publish')}
        </Button>
        {refused ? (
          <p className={css.refused} role="alert">
            {problemText(refused)}
          </p>
        ) : null}
      </header>
      <div className={css.panes}>
        <div className={`panel ${css.pane}`}>
          <FlowText
            handle={area}
            label={t('admin.flows.text')}
            describedBy="flow-text-help"
            value={text}
            onChange={setText}
            onCheck={check}
            marked={marked}
          />
          <p id="flow-text-help" className={css.hint}>
            {t('admin.flows.text_help')}
          </p>
        </div>
        <div className={`panel ${css.pane}`}>
          <div className={css.state} role="status">
            {!isChecked ? (
              <span>{t('admin.flows.checking')}</span>
            ) : problems.length ? (
              <span className={css.bad}>
                <CircleAlert size={16} aria-hidden />
                {t('admin.flows.to_mend', { count: problems.length })}
              </span>
            ) : (
              <span className={css.fit}>
                <CircleCheck size={16} aria-hidden />
                {t(isChanged ? 'admin.flows.fit' : 'admin.flows.unchanged')}
              </span>
            )}
          </div>
          <div className={css.scroll}>
            {placed.length ? (
              <ul className={css.problems} aria-label={t('admin.flows.problems')}>
                {placed.map(({ problem, span }) => (
                  <li key={`${problem.place} ${problem.code} ${problem.detail}`}>
                    {span ? (
                      <button type="button" onClick={() => area.current?.show(span)}>
                        <ProblemText problem={problem} line={span.line + 1} />
                      </button>
                    ) : (
                      <ProblemText problem={problem} line={null} />
                    )}
                  </li>
                ))}
              </ul>
            ) : null}
            <FlowOutline
              nodes={nodes}
              start={shown?.draft.start ?? ''}
              unfit={unfit}
              queueName={queueName}
              onPick={pick}
            />
          </div>
        </div>
      </div>
      <FlowRehearsal
        draft={isFit ? (read.data?.draft ?? null) : null}
        nodes={nodes}
        numbers={called}
        queueName={queueName}
        onPick={pick}
      />
      {row ? (
        <FlowVersions
          versions={versions.data}
          error={versions.error}
          onRetry={() => void versions.refetch()}
          draft={isChecked ? (read.data?.draft ?? null) : null}
          onTake={(version) => void take(version)}
        />
      ) : null}
    </section>
  );
}

function ProblemText({ problem, line }: { problem: FlowProblemRow; line: number | null }) {
  const { t } = useTranslation();
  const { code, place, detail } = problem;
  return (
    <>
      {line ? <b>{t('admin.flows.line', { line })}</b> : null}
      {place ? <code>{place}</code> : null}
      <span>{textOf(`admin.flows.problem.${code}`, { detail }) ?? code}</span>
    </>
  );
}

/** What must be mended before this may be published. */
function problemsOf({ draft, problems }: FlowRead): FlowProblemRow[] {
  if (draft.name !== NAMELESS) return problems;
  return [{ code: 'name_missing', place: 'name', detail: '' }, ...problems];
}

/** A text that is no flow at all. */
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
