import { Button, SegmentedControl, Select, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Users } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldErrors, get, post, problemText } from '~/api/client';
import type { DayLoad, Staffing as Staffed, StaffedInterval } from '~/api/gen/types.gen';
import { useQueues } from '~/api/names';
import { withWords } from '~/i18n';
import { duration, share } from '~/lib/format';
import { Chart } from '~/ui/Chart';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { Figures } from '~/ui/Figures';
import { Banner, EmptyState, ErrorState, Loading } from '~/ui/Notice';
import { idsOf, PickMany } from '~/ui/PickMany';
import { useAddress } from '~/ui/useAddress';
import css from './Calculator.module.css';
import { staffingChart } from './charts';
import { type LoadRow, loadRows, loadText } from './load';
import { decimal } from './numbers';
import { RuleFields, rulesOf } from './Rules';

const SOURCES = ['history', 'typed', 'scenario'] as const;
const TwinStaffing = lazy(async () => {
  const [view] = await Promise.all([import('../twin/TwinStaffing'), withWords('whatif')]);
  return view;
});
const WEEKS = 6;
const EXAMPLE = '09:00 09:15 31 240\n09:15 09:30 45 240\n09:30 09:45 60 240\n09:45 10:00 48 240';

/** How many agents each quarter of an hour of a day needs. */
export default function Staffing() {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const queues = useQueues();
  const source = SOURCES.find((it) => it === address.source) ?? 'history';
  const weekday = address.weekday ?? '0';
  const queueIds = idsOf(address.queue);
  const [text, setText] = useState(EXAMPLE);
  const history = useQuery({
    queryKey: ['planning', 'history', weekday, queueIds],
    queryFn: ({ signal }) =>
      get<DayLoad>('/api/v1/planning/history', { weekday, weeks: WEEKS, queue: queueIds }, signal),
    enabled: source === 'history',
    retry: false,
  });
  const typed = useMemo(() => loadRows(text), [text]);
  const rows: readonly LoadRow[] | null =
    source === 'typed'
      ? typed.rows
      : source === 'history' && history.data && !history.error
        ? history.data.intervals
        : null;
  const rules = rulesOf(address, history.data?.patience_seconds ?? null);
  const asked = JSON.stringify({ intervals: rows, ...rules });
  const staff = useMutation({
    mutationFn: (body: unknown) => post<Staffed>('/api/v1/planning/staffing', body),
  });
  const { mutate, reset } = staff;
  useEffect(() => {
    if (!rows?.length) {
      reset();
      return;
    }
    const pause = setTimeout(() => mutate(JSON.parse(asked)), 250);
    return () => clearTimeout(pause);
  }, [asked, rows?.length, mutate, reset]);
  const errors = fieldErrors(staff.error);
  const rowError = Object.entries(errors).find(([place]) => place.startsWith('row ') || place === 'profile');
  const picker = (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label={t('planning.source.label')}
      value={source}
      onChange={(value) => setAddress({ source: value })}
      data={SOURCES.map((value) => ({ value, label: t(`planning.source.${value}`) }))}
    />
  );
  if (source === 'scenario') {
    return (
      <Suspense fallback={<Loading rows={10} />}>
        <TwinStaffing picker={picker} />
      </Suspense>
    );
  }
  return (
    <div className={css.split}>
      <section className={`panel ${css.inputs}`} aria-label={t('planning.inputs')}>
        {picker}
        {source === 'history' ? (
          <>
            <Select
              label={t('planning.field.weekday')}
              allowDeselect={false}
              value={weekday}
              onChange={(value) => setAddress({ weekday: value })}
              data={['0', '1', '2', '3', '4', '5', '6'].map((value) => ({
                value,
                label: t(`planning.weekday.${value}` as never) as string,
              }))}
            />
            <PickMany
              label={t('lists.queue')}
              choices={queues.all.map((it) => ({ value: String(it.id), label: it.name }))}
              value={queueIds}
              onChange={(ids) => setAddress({ queue: ids.join(',') })}
            />
            <p className={css.when}>
              {history.data
                ? t('planning.history_days', { count: history.data.days })
                : t('planning.history_help')}
            </p>
            {rows?.length ? (
              <Button
                variant="default"
                size="compact-sm"
                onClick={() => {
                  setText(loadText(rows));
                  setAddress({ source: 'typed' });
                }}
              >
                {t('planning.edit_load')}
              </Button>
            ) : null}
          </>
        ) : (
          <Textarea
            label={t('planning.field.load')}
            description={t('planning.load_help')}
            autosize
            minRows={5}
            maxRows={14}
            value={text}
            onChange={(e) => setText(e.currentTarget.value)}
            error={
              typed.wrongLine
                ? t('planning.wrong_line', { number: typed.wrongLine })
                : rowError
                  ? `${rowError[0]}: ${rowError[1]}`
                  : undefined
            }
          />
        )}
        <RuleFields errors={errors} patience={decimal(Math.round(history.data?.patience_seconds ?? 180))} />
        <p className={css.when}>{t('planning.rules_help')}</p>
      </section>
      <div className={css.results} data-old={staff.isPending || undefined} aria-live="polite">
        {source === 'history' && history.error ? (
          <EmptyState icon={Users} title={t('planning.nothing')} text={problemText(history.error)} />
        ) : staff.data && !staff.error && rows?.length ? (
          <Day staffed={staff.data} />
        ) : staff.error ? (
          Object.keys(errors).length ? (
            <Banner tone="warn">{t('planning.check')}</Banner>
          ) : (
            <ErrorState text={problemText(staff.error)} onRetry={() => mutate(JSON.parse(asked))} />
          )
        ) : rows?.length || history.isPending ? (
          <Loading rows={10} />
        ) : (
          <EmptyState icon={Users} title={t('planning.nothing')} text={t('planning.load_help')} />
        )}
      </div>
    </div>
  );
}

function Day({ staffed }: { staffed: Staffed }) {
  const { t } = useTranslation();
  const { totals, intervals } = staffed;
  const option = useMemo(() => staffingChart(intervals, t), [intervals, t]);
  const columns = useMemo<Column<StaffedInterval>[]>(() => {
    const numeric = (
      key: keyof StaffedInterval,
      cell: (row: StaffedInterval) => string,
      definition?: string,
    ): Column<StaffedInterval> => ({
      key,
      title: t(`planning.column.${key}` as never) as string,
      numeric: true,
      width: 'minmax(104px, 1fr)',
      sort: (row) => row[key],
      cell: (row) => <span className="num">{cell(row)}</span>,
      ...(definition ? { definition } : {}),
    });
    return [
      {
        key: 'from',
        title: t('planning.column.from'),
        width: 'minmax(110px, 130px)',
        sort: (row) => row.from,
        cell: (row) => <span className="num">{`${row.from}–${row.to}`}</span>,
      },
      numeric('calls', (row) => decimal(row.calls)),
      numeric('aht_seconds', (row) => duration(row.aht_seconds)),
      numeric('load_erlangs', (row) => decimal(row.load_erlangs), t('planning.about.load_lagged')),
      numeric('agents', (row) => String(row.agents)),
      numeric('agents_gross', (row) => String(row.agents_gross), t('planning.about.agents_gross')),
      numeric('service_level', (row) => share(row.service_level, 1)),
      numeric('occupancy', (row) => share(row.occupancy, 1)),
      numeric('abandonment_rate', (row) => share(row.abandonment_rate, 1)),
    ];
  }, [t]);
  return (
    <>
      <Figures
        label={t('planning.results')}
        figures={[
          { key: 'calls', label: t('planning.column.calls'), value: decimal(totals.calls) },
          { key: 'most', label: t('planning.most_agents'), value: String(totals.most_agents) },
          { key: 'hours', label: t('planning.agent_hours'), value: decimal(totals.agent_hours) },
          {
            key: 'gross',
            label: t('planning.agent_hours_gross'),
            value: decimal(totals.agent_hours_gross),
            definition: t('planning.about.agents_gross'),
          },
        ]}
      />
      <section className={`panel ${css.chart}`} aria-label={t('planning.chart.day')}>
        <h2>{t('planning.chart.day')}</h2>
        <Chart
          option={option}
          height={240}
          label={t('planning.chart.day_label', {
            most: totals.most_agents,
            hours: decimal(totals.agent_hours),
          })}
        />
      </section>
      <section className={`panel ${css.table}`}>
        <DataGrid
          label={t('planning.chart.day')}
          columns={columns}
          rows={intervals}
          rowKey={(row) => row.from}
          minWidth={980}
          className={css.grid ?? ''}
        />
      </section>
    </>
  );
}
