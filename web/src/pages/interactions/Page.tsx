import { Button, Select, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ExternalLink, Mic, PhoneIncoming, PhoneOutgoing, SearchX, X } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText, address as url } from '~/api/client';
import type { InteractionRow, InteractionRows } from '~/api/gen/types.gen';
import { useDispositions } from '~/api/names';
import { named, useCan } from '~/api/session';
import { count, duration, when } from '~/lib/format';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { Downloads } from '~/ui/Downloads';
import { EmptyState } from '~/ui/Notice';
import { OutcomeChip } from '~/ui/OutcomeChip';
import { Party } from '~/ui/Party';
import { PeriodPicker, periodText } from '~/ui/PeriodPicker';
import { PickMany } from '~/ui/PickMany';
import { SidePanel, Split } from '~/ui/Split';
import { useAddress } from '~/ui/useAddress';
import { useToday } from '~/ui/useToday';
import { BehindLine } from './BehindLine';
import { Detail } from './Detail';
import {
  areAny,
  asked,
  NARROWED,
  NO_FILTERS,
  OUTCOMES,
  readBehind,
  readFilters,
  readSource,
  WAITS,
} from './filters';
import css from './Interactions.module.css';
import { useLabels, useSources } from './labels';

const PAGE = 100;
const REFRESH_MS = 15_000;
const TYPING_MS = 350;
const OWN_CENTRE = 'own';

export default function InteractionsPage() {
  const { t, i18n } = useTranslation();
  const [address, setAddress] = useAddress();
  const today = useToday();
  const source = readSource(address);
  const sources = useSources();
  const { queues, agents } = useLabels(source);
  const dispositions = useDispositions();
  const mayExport = useCan('export.reports');
  const filters = readFilters(address, today);
  const behind = readBehind(address);
  const chosen = behind
    ? {
        drill: behind.drill,
        start: behind.start,
        stop: behind.stop,
        queue: behind.queue,
        agent: behind.agent,
        called: behind.called,
        ...behind.narrowed,
      }
    : asked(filters);
  const query = source ? { ...chosen, source } : chosen;
  const path = behind ? '/api/v1/interactions/behind' : '/api/v1/interactions';
  const list = useInfiniteQuery({
    queryKey: ['interactions', path, query],
    queryFn: ({ signal, pageParam }) =>
      get<InteractionRows>(path, { ...query, cursor: pageParam, limit: PAGE }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    // Only the first page lives: asking a long list anew every few seconds would be work for nothing.
    refetchInterval: ({ state }) =>
      !behind && filters.period.to > today && (state.data?.pages.length ?? 0) <= 1 ? REFRESH_MS : false,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows), [list.data]);
  const id = address.id ?? null;
  const close = useCallback(() => setAddress({ id: null }), [setAddress]);

  const columns = useMemo<Column<InteractionRow>[]>(() => {
    const all: Column<InteractionRow>[] = [
      {
        key: 'started_at',
        title: t('interactions.column.started_at'),
        width: 'minmax(96px, 120px)',
        cell: (row) => (
          <span className={css.when}>
            {row.direction === 'outbound' ? (
              <PhoneOutgoing size={14} aria-label={t('common.direction.outbound')} />
            ) : (
              <PhoneIncoming size={14} aria-label={t('common.direction.inbound')} />
            )}
            <span className="num">{when(row.started_at)}</span>
          </span>
        ),
      },
      {
        key: 'customer',
        title: t('lists.customer'),
        width: 'minmax(150px, 2fr)',
        cell: (row) => <Party name={row.customer_name} number={row.number} />,
      },
      {
        key: 'number_called',
        title: t('interactions.column.number_called'),
        width: 'minmax(70px, 1fr)',
        cell: (row) => <span className="num">{row.number_called || '—'}</span>,
      },
      {
        key: 'queue',
        title: t('lists.queue'),
        width: 'minmax(80px, 1.2fr)',
        cell: (row) => row.queue_name || '—',
      },
      {
        key: 'agent',
        title: t('lists.agent'),
        width: 'minmax(90px, 1.3fr)',
        cell: (row) => row.agent_name || '—',
      },
      {
        key: 'outcome',
        title: t('interactions.column.outcome'),
        width: 'minmax(156px, 1.4fr)',
        cell: (row) => <OutcomeChip outcome={row.outcome} />,
      },
      {
        key: 'disposition',
        title: t('interactions.column.disposition'),
        width: 'minmax(100px, 1.3fr)',
        cell: (row) => {
          const found = dispositions.of(row.disposition_id);
          return found ? named(found) : <span className="muted">—</span>;
        },
      },
      {
        key: 'recording',
        title: t('interactions.column.recording'),
        width: '64px',
        cell: (row) =>
          row.has_recording ? <Mic size={15} aria-label={t('lists.recording.state.stored')} /> : null,
      },
      {
        key: 'wait',
        title: t('interactions.column.wait'),
        numeric: true,
        width: '74px',
        cell: (row) => duration(row.wait_seconds),
      },
      {
        key: 'talk',
        title: t('interactions.column.talk'),
        numeric: true,
        width: '78px',
        cell: (row) => (row.talk_seconds ? duration(row.talk_seconds) : '—'),
      },
    ];
    // A log has neither recordings nor what agents noted down.
    const left = new Set(source ? ['disposition', 'recording'] : []);
    if (id) for (const key of ['number_called', 'queue', 'disposition', 'recording']) left.add(key);
    return all.filter((it) => !left.has(it.key));
  }, [t, dispositions, id, source]);

  const any = areAny(filters);
  return (
    <div className={css.page}>
      {behind ? (
        <BehindLine
          behind={behind}
          source={source}
          onClear={() => setAddress({ ...NO_BEHIND, ...NO_FILTERS })}
        />
      ) : (
        <div className={css.tools} role="search" aria-label={t('interactions.filters')}>
          <PeriodPicker value={filters.period} today={today} onChange={setAddress} />
          {sources.length ? (
            <Select
              aria-label={t('interactions.source.label')}
              className={css.source ?? ''}
              value={source ?? OWN_CENTRE}
              allowDeselect={false}
              // Queues, agents and interactions of one place mean nothing in another.
              onChange={(value) =>
                setAddress({ ...NO_FILTERS, id: null, source: value === OWN_CENTRE ? null : value })
              }
              data={[
                { value: OWN_CENTRE, label: t('interactions.source.own') },
                ...sources.map((it) => ({ value: String(it.id), label: it.name })),
              ]}
            />
          ) : null}
          <PickMany
            label={t('lists.queue')}
            choices={queues.map((it) => ({ value: String(it.id), label: it.name }))}
            value={filters.queue}
            onChange={(ids) => setAddress({ queue: ids.join(',') })}
          />
          <PickMany
            label={t('lists.agent')}
            choices={agents.map((it) => ({ value: String(it.id), label: it.name }))}
            value={filters.agent}
            onChange={(ids) => setAddress({ agent: ids.join(',') })}
          />
          <PickMany
            label={t('interactions.column.outcome')}
            choices={OUTCOMES.map((it) => ({ value: it, label: t(`common.end_reason.${it}`) }))}
            value={filters.outcome}
            onChange={(them) => setAddress({ outcome: them.join(',') })}
          />
          {source ? null : (
            <PickMany
              label={t('interactions.column.disposition')}
              choices={dispositions.all.map((it) => ({ value: String(it.id), label: named(it) }))}
              value={filters.disposition}
              onChange={(ids) => setAddress({ disposition: ids.join(',') })}
            />
          )}
          <PickMany
            single
            label={t('lists.direction')}
            choices={(['inbound', 'outbound'] as const).map((it) => ({
              value: it,
              label: t(`common.direction.${it}`),
            }))}
            value={filters.direction ? [filters.direction] : []}
            onChange={([direction]) => setAddress({ direction })}
          />
          <PickMany
            single
            label={t('interactions.min_wait')}
            choices={WAITS.map((it) => ({ value: it, label: duration(Number(it)) }))}
            value={filters.minWait ? [filters.minWait] : []}
            onChange={([min_wait]) => setAddress({ min_wait })}
          />
          {source ? null : (
            <PickMany
              single
              label={t('interactions.column.recording')}
              choices={[
                { value: 'true', label: t('interactions.recorded.yes') },
                { value: 'false', label: t('interactions.recorded.no') },
              ]}
              value={filters.recorded ? [filters.recorded] : []}
              onChange={([recorded]) => setAddress({ recorded })}
            />
          )}
          <NumberFilter value={filters.number} onChange={(number) => setAddress({ number })} />
          {any ? (
            <Button
              variant="subtle"
              leftSection={<X size={15} aria-hidden />}
              onClick={() => setAddress(NO_FILTERS)}
            >
              {t('lists.clear')}
            </Button>
          ) : null}
          <span className={css.push} />
          {mayExport ? (
            <Downloads of={(format) => url(path, { ...query, format, locale: i18n.language })} />
          ) : null}
        </div>
      )}
      <div className={css.main}>
        <Split
          side={
            id ? (
              <SidePanel
                title={t('interactions.one')}
                onClose={close}
                tools={
                  <Button
                    component={Link}
                    to={`/interactions/${id}`}
                    search={(source ? { source } : {}) as never}
                    size="compact-sm"
                    variant="subtle"
                    leftSection={<ExternalLink size={14} aria-hidden />}
                  >
                    {t('interactions.open_page')}
                  </Button>
                }
              >
                <Detail id={id} source={source} />
              </SidePanel>
            ) : null
          }
        >
          <section className={`panel ${css.list}`}>
            <DataGrid
              label={t('shell.page.interactions')}
              columns={columns}
              rows={rows}
              rowKey={(row) => row.interaction_id}
              onOpen={(row) => setAddress({ id: row.interaction_id })}
              selected={id}
              sortedByServer
              error={list.error && !rows ? problemText(list.error) : null}
              onRetry={() => void list.refetch()}
              minWidth={id ? 640 : 1060}
              className={css.grid ?? ''}
              empty={
                <EmptyState
                  icon={SearchX}
                  title={t('interactions.empty.title')}
                  text={
                    behind
                      ? t('interactions.empty.behind')
                      : t(any ? 'interactions.empty.filtered' : 'interactions.empty.text', {
                          period: periodText(filters.period),
                        })
                  }
                >
                  {any && !behind ? (
                    <Button variant="default" onClick={() => setAddress(NO_FILTERS)}>
                      {t('lists.clear')}
                    </Button>
                  ) : null}
                </EmptyState>
              }
            />
            {rows?.length ? (
              <footer className={css.foot}>
                <span>{t('interactions.shown', { count: rows.length, text: count(rows.length) })}</span>
                {list.hasNextPage ? (
                  <Button
                    size="compact-sm"
                    variant="default"
                    loading={list.isFetchingNextPage}
                    onClick={() => void list.fetchNextPage()}
                  >
                    {t('lists.more')}
                  </Button>
                ) : null}
                {list.error ? <span className={css.problem}>{problemText(list.error)}</span> : null}
              </footer>
            ) : null}
          </section>
        </Split>
      </div>
    </div>
  );
}

const NO_BEHIND: Record<string, null> = Object.fromEntries(
  ['drill', 'measure', 'start', 'stop', 'called', ...NARROWED].map((name) => [name, null]),
);

/** Any part of a number, in any form; asked for when typing stops. */
function NumberFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  const timer = useRef(0);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <TextInput
      className={css.find ?? ''}
      type="search"
      inputMode="tel"
      aria-label={t('interactions.number')}
      placeholder={t('interactions.number')}
      value={text}
      onChange={(e) => {
        const next = e.currentTarget.value;
        setText(next);
        clearTimeout(timer.current);
        timer.current = window.setTimeout(() => onChange(next.replace(/[^\d+]/g, '')), TYPING_MS);
      }}
    />
  );
}
