import { SegmentedControl, Select, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Repeat } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { FrequentRow, RepeatFigures, RepeatReport, RepeatRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { count, dayTime, share } from '~/lib/format';
import { startOfDay } from '~/lib/period';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { type Figure, Figures } from '~/ui/Figures';
import { EmptyState, ErrorState } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import { type Bar, Bars } from './Bars';
import own from './Catalogue.module.css';
import type { ReportProps } from './catalogue';
import { useMeasures } from './Definition';
import { Drill, type Place } from './Drill';
import { Behind, Foot } from './Foot';
import css from './Reports.module.css';
import { Skeletons } from './Skeletons';

export const WINDOWS = ['1', '2', '3', '5', '7', '14', '30'] as const;
const USUAL_WINDOW = '7';
/** Customers who came more often than this share a bar. */
const LAST_BAR = 8;
const COUNTS = ['contacts', 'settled_contacts', 'repeated_contacts'] as const;

/** Whether one contact was enough: who came again within some days, and who came most often. */
export default function RepeatView({ period, path, ask }: ReportProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [address, setAddress] = useAddress();
  const { definition, source } = useMeasures();
  const mayList = useCan('view.interactions');
  const table = address.table === 'customers' && mayList ? 'customers' : 'queues';
  const { data, error, refetch } = useQuery({
    queryKey: ['report', 'repeats', ask],
    queryFn: ({ signal }) => get<RepeatReport>(path, ask, signal),
  });
  if (error && !data) {
    return (
      <div className="panel">
        <ErrorState text={problemText(error)} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (!data) return <Skeletons />;
  const { totals } = data;
  const sameQueue = address.same_queue === 'true';
  const whole: Place = {
    start: startOfDay(period.from, data.zone),
    stop: startOfDay(period.to, data.zone),
    queue: Array.isArray(ask.queue) && ask.queue.length ? ask.queue.join(',') : undefined,
    within_days: String(data.days),
    ...(sameQueue ? { same_queue: 'true' } : {}),
  };
  const drill = (name: keyof RepeatFigures, text: string, of: RepeatFigures, place = whole) => (
    <Drill measure={name} place={place} empty={!of[name]}>
      {text}
    </Drill>
  );
  const figures: Figure[] = [
    {
      key: 'fcr',
      label: t('reports.measure.first_contact_resolution.title'),
      value: drill('first_contact_resolution', share(totals.first_contact_resolution, 1), totals),
      definition: definition('first_contact_resolution'),
      note: t('catalogue.repeats.of', { count: totals.settled_contacts }),
    },
    {
      key: 'repeated',
      label: t('reports.measure.repeated_contacts.title'),
      value: drill('repeated_contacts', count(totals.repeated_contacts), totals),
      definition: definition('repeated_contacts'),
      note: t('catalogue.repeats.within', { count: data.days }),
    },
    {
      key: 'contacts',
      label: t('reports.measure.contacts.title'),
      value: count(totals.contacts),
      definition: definition('contacts'),
      note: t('catalogue.repeats.unsettled', { count: totals.contacts - totals.settled_contacts }),
    },
    {
      key: 'unknown',
      label: t('reports.measure.unknown_contacts.title'),
      value: count(totals.unknown_contacts),
      definition: definition('unknown_contacts'),
    },
    {
      key: 'often',
      label: t('catalogue.repeats.often'),
      value: count(data.often.reduce((sum, it) => sum + (it.contacts > 1 ? it.customers : 0), 0)),
      note: t('catalogue.repeats.of_customers', {
        count: data.often.reduce((sum, it) => sum + it.customers, 0),
      }),
    },
  ];
  const tools = (
    <div className={own.tools}>
      <Select
        aria-label={t('catalogue.repeats.window')}
        className={own.short ?? ''}
        value={WINDOWS.find((it) => it === address.days) ?? USUAL_WINDOW}
        allowDeselect={false}
        onChange={(value) => setAddress({ days: value === USUAL_WINDOW ? null : value })}
        data={WINDOWS.map((value) => ({
          value,
          label: t('catalogue.repeats.window_days', { count: Number(value) }),
        }))}
      />
      <Switch
        label={t('catalogue.repeats.same_queue')}
        checked={sameQueue}
        onChange={(event) => setAddress({ same_queue: event.currentTarget.checked })}
      />
      {mayList ? (
        <SegmentedControl
          aria-label={t('reports.table')}
          value={table}
          onChange={(value) => setAddress({ table: value === 'customers' ? value : null })}
          data={[
            { value: 'queues', label: t('catalogue.by_queue') },
            { value: 'customers', label: t('catalogue.repeats.customers') },
          ]}
        />
      ) : null}
    </div>
  );
  const queueColumns: Column<RepeatRow>[] = [
    {
      key: 'queue',
      title: t('lists.queue'),
      width: 'minmax(140px, 2fr)',
      cell: (row) => row.queue || t('catalogue.repeats.no_queue'),
      sort: (row) => row.queue,
      total: t('reports.total'),
    },
    ...COUNTS.map(
      (key): Column<RepeatRow> => ({
        key,
        title: t(`reports.measure.${key}.title`),
        numeric: true,
        definition: definition(key),
        cell: (row) =>
          drill(key, count(row[key]), row, row.queue_id ? { ...whole, queue: String(row.queue_id) } : whole),
        sort: (row) => row[key],
        total: drill(key, count(totals[key]), totals),
      }),
    ),
    {
      key: 'fcr',
      title: t('reports.measure.first_contact_resolution.short'),
      numeric: true,
      definition: definition('first_contact_resolution'),
      cell: (row) => share(row.first_contact_resolution, 1),
      sort: (row) => row.first_contact_resolution,
      total: share(totals.first_contact_resolution, 1),
    },
    {
      key: 'unknown',
      title: t('reports.measure.unknown_contacts.title'),
      numeric: true,
      definition: definition('unknown_contacts'),
      cell: (row) => count(row.unknown_contacts),
      sort: (row) => row.unknown_contacts,
      total: count(totals.unknown_contacts),
    },
  ];
  const customerColumns: Column<FrequentRow>[] = [
    {
      key: 'number',
      title: t('catalogue.repeats.number'),
      cell: (row) => row.number || '—',
      sort: (row) => row.number,
      width: 'minmax(130px, 1fr)',
    },
    {
      key: 'name',
      title: t('catalogue.repeats.name'),
      cell: (row) => row.name,
      sort: (row) => row.name,
      width: 'minmax(140px, 2fr)',
    },
    {
      key: 'contacts',
      title: t('catalogue.repeats.came'),
      numeric: true,
      cell: (row) => count(row.contacts),
      sort: (row) => row.contacts,
    },
    {
      key: 'answered',
      title: t('reports.measure.answered.title'),
      numeric: true,
      cell: (row) => count(row.answered),
      sort: (row) => row.answered,
    },
    {
      key: 'unanswered',
      title: t('catalogue.repeats.unanswered'),
      numeric: true,
      cell: (row) => count(row.unanswered),
      sort: (row) => row.unanswered,
    },
    {
      key: 'queues',
      title: t('catalogue.repeats.queues'),
      cell: (row) => row.queues.filter(Boolean).join(', '),
      width: 'minmax(140px, 2fr)',
    },
    {
      key: 'last',
      title: t('catalogue.repeats.last'),
      cell: (row) => dayTime(row.last_at),
      sort: (row) => row.last_at,
    },
  ];
  return (
    <>
      <Behind report={data} />
      <Figures label={t('reports.figures')} figures={figures} />
      {data.often.length ? (
        <section className={`panel ${css.chart}`} aria-label={t('catalogue.repeats.chart')}>
          <Bars
            label={t('catalogue.repeats.chart')}
            bars={oftenBars(data, t('catalogue.repeats.customers'))}
            height={130}
            foot={t('catalogue.repeats.foot')}
          />
        </section>
      ) : null}
      {tools}
      {table === 'customers' ? (
        <DataGrid
          label={t('catalogue.repeats.customers')}
          className={`panel ${own.grid}`}
          columns={customerColumns}
          rows={data.customers}
          rowKey={(row) => row.party_id}
          onOpen={(row) =>
            void navigate({
              to: '/interactions',
              search: {
                party: row.party_id,
                from: period.from,
                to: period.to,
                ...(source ? { source } : {}),
              } as never,
            })
          }
          empty={<EmptyState icon={Repeat} title={t('catalogue.repeats.nobody')} />}
          minWidth={860}
        />
      ) : (
        <DataGrid
          label={t('reports.table')}
          className={`panel ${own.grid}`}
          columns={queueColumns}
          rows={data.rows}
          rowKey={(row) => row.queue_id}
          empty={<EmptyState icon={Repeat} title={t('reports.empty.title')} />}
          minWidth={820}
        />
      )}
      <Foot report={data} />
    </>
  );
}

/** How many customers came once, twice, ...; from LAST_BAR on together. */
export function oftenBars(report: Pick<RepeatReport, 'often'>, name: string): Bar[] {
  const sums = Array.from({ length: LAST_BAR }, () => 0);
  for (const it of report.often) {
    const place = Math.min(it.contacts, LAST_BAR) - 1;
    sums[place] = (sums[place] ?? 0) + it.customers;
  }
  return sums.map((value, i) => {
    const label = i + 1 === LAST_BAR ? `${LAST_BAR}+` : String(i + 1);
    return { key: label, label, title: `${label}: ${count(value)}`, parts: [{ name, value, tone: 'good' }] };
  });
}
