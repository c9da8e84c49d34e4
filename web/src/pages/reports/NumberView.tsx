import { useQuery } from '@tanstack/react-query';
import { PhoneIncoming } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { CallFigures, CallHour, CallReport, CallRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { count, duration, share } from '~/lib/format';
import { startOfDay } from '~/lib/period';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { type Figure, Figures } from '~/ui/Figures';
import { EmptyState, ErrorState } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import { type Bar, Bars, type Tone } from './Bars';
import own from './Catalogue.module.css';
import type { ReportProps } from './catalogue';
import { useMeasures } from './Definition';
import { Drill, type Place } from './Drill';
import { Behind, Foot } from './Foot';
import { Picked } from './Picked';
import css from './Reports.module.css';
import { Skeletons } from './Skeletons';
import { useChartHeight } from './useChartHeight';

const REFRESH_MS = 60_000;
const ENDS = [
  ['calls_answered', 'good'],
  ['calls_in_flow', 'calm'],
  ['calls_by_rule', 'rule'],
  ['calls_abandoned', 'bad'],
] as const satisfies readonly (readonly [keyof CallHour, Tone])[];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** Calls by what was called and by hour: answered, abandoned, left by a rule, ended in the flow. */
export default function NumberView({ period, today, path, ask }: ReportProps) {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const { definition, source } = useMeasures();
  const height = useChartHeight();
  const mayOpen = useCan('view.interactions');
  const { data, error, refetch } = useQuery({
    queryKey: ['report', 'numbers', ask],
    queryFn: ({ signal }) => get<CallReport>(path, ask, signal),
    refetchInterval: period.to > today ? REFRESH_MS : false,
  });
  if (error && !data) {
    return (
      <div className="panel">
        <ErrorState text={problemText(error)} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (!data) return <Skeletons />;
  const picked = data.rows.find((it) => String(it.number_id) === address.at) ?? null;
  const nameOf = (row: CallRow): string =>
    row.number ? (row.label ? `${row.number} · ${row.label}` : row.number) : t('catalogue.numbers.unknown');
  const whole: Place = { start: startOfDay(period.from, data.zone), stop: startOfDay(period.to, data.zone) };
  const of = (row: CallRow | null): Place =>
    row?.number_id ? { ...whole, called: String(row.number_id) } : whole;
  const { totals } = data;
  const shown: CallFigures = picked ?? totals;
  const byHour = new Map((picked ?? data).hours.map((it) => [it.hour, it]));
  const bars: Bar[] = HOURS.map((hour) => {
    const one = byHour.get(hour);
    return {
      key: String(hour),
      label: String(hour),
      title: [
        `${hour}:00–${hour + 1}:00`,
        ...ENDS.map(([name]) => `${t(`reports.measure.${name}.title`)}: ${count(one?.[name] ?? 0)}`),
      ].join('\n'),
      parts: ENDS.map(([name, tone]) => ({
        name: t(`reports.measure.${name}.title`),
        value: one?.[name] ?? 0,
        tone,
        search: mayOpen
          ? {
              drill: name,
              measure: name,
              ...of(picked),
              hour: String(hour),
              ...(source ? { source } : {}),
            }
          : null,
      })),
    };
  });
  const figure = (key: 'calls' | (typeof ENDS)[number][0], note?: string): Figure => ({
    key,
    label: t(`reports.measure.${key}.title`),
    value: (
      <Drill measure={key} place={of(picked)} empty={!shown[key]}>
        {count(shown[key])}
      </Drill>
    ),
    definition: definition(key),
    note: note ?? (shown.calls ? share(shown[key] / shown.calls, 1) : null),
  });
  const figures: Figure[] = [
    figure('calls', t('catalogue.numbers.customers', { count: shown.customers })),
    figure('calls_answered'),
    figure('calls_abandoned'),
    figure('calls_by_rule'),
    figure('calls_in_flow'),
    {
      key: 'talk',
      label: t('reports.measure.talk_per_call_seconds.title'),
      value: duration(shown.talk_per_call_seconds),
      definition: definition('talk_per_call_seconds'),
    },
  ];
  const columns: Column<CallRow>[] = [
    {
      key: 'number',
      title: t('catalogue.numbers.number'),
      width: 'minmax(200px, 2fr)',
      cell: nameOf,
      sort: nameOf,
      total: t('reports.total'),
    },
    ...(['calls', ...ENDS.map(([name]) => name)] as const).map(
      (key): Column<CallRow> => ({
        key,
        title: t(`reports.measure.${key}.short`),
        numeric: true,
        definition: definition(key),
        cell: (row) => (
          <Drill measure={key} place={of(row)} empty={!row[key] || !row.number_id}>
            {count(row[key])}
          </Drill>
        ),
        sort: (row) => row[key],
        total: count(totals[key]),
      }),
    ),
    {
      key: 'share',
      title: t('reports.measure.answered_share.short'),
      numeric: true,
      definition: definition('answered_share'),
      cell: (row) => share(row.answered_share, 1),
      sort: (row) => row.answered_share,
      total: share(totals.answered_share, 1),
    },
    {
      key: 'customers',
      title: t('reports.measure.customers.short'),
      numeric: true,
      definition: definition('customers'),
      cell: (row) => count(row.customers),
      sort: (row) => row.customers,
      total: count(totals.customers),
    },
    {
      key: 'talk',
      title: t('reports.measure.talk_per_call_seconds.short'),
      numeric: true,
      definition: definition('talk_per_call_seconds'),
      cell: (row) => duration(row.talk_per_call_seconds),
      sort: (row) => row.talk_per_call_seconds,
      total: duration(totals.talk_per_call_seconds),
    },
  ];
  return (
    <>
      <Behind report={data} />
      <Figures label={t('reports.figures')} figures={figures} />
      {totals.calls ? (
        <section className={`panel ${css.chart}`} aria-label={t('catalogue.numbers.chart')}>
          {picked ? <Picked text={nameOf(picked)} onClear={() => setAddress({ at: null })} /> : null}
          <Bars
            label={t('catalogue.numbers.chart')}
            bars={bars}
            height={height}
            foot={t('catalogue.numbers.foot')}
          />
        </section>
      ) : null}
      <DataGrid
        label={t('reports.table')}
        className={`panel ${own.grid}`}
        columns={columns}
        rows={data.rows}
        rowKey={(row) => row.number_id}
        selected={picked?.number_id ?? null}
        onOpen={(row) =>
          setAddress({ at: String(row.number_id) === address.at ? null : String(row.number_id) })
        }
        empty={<EmptyState icon={PhoneIncoming} title={t('reports.empty.title')} />}
        minWidth={1080}
      />
      <Foot report={data} />
    </>
  );
}
