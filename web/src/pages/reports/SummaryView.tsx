import { Button, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText, address as url } from '~/api/client';
import type { PageNumber, PageQueue, PageSentence, SummaryPage } from '~/api/gen/types.gen';
import { useQueues } from '~/api/names';
import { useCan } from '~/api/session';
import { textOf } from '~/i18n';
import { count, dayMonth, duration, full, share } from '~/lib/format';
import { addDays, isDay, type Period } from '~/lib/period';
import { Chart } from '~/ui/Chart';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { DayField } from '~/ui/DayField';
import { Downloads } from '~/ui/Downloads';
import { type Figure, Figures } from '~/ui/Figures';
import { Banner, ErrorState } from '~/ui/Notice';
import { idsOf, PickMany } from '~/ui/PickMany';
import { useAddress } from '~/ui/useAddress';
import { queueChart } from './charts';
import { changeOf, type Unit } from './compare';
import { useMeasures } from './Definition';
import { Foot } from './Foot';
import css from './Reports.module.css';
import { Skeletons } from './Skeletons';
import pageCss from './Summary.module.css';
import { clockIn } from './zoned';

const EVERY = ['day', 'week', 'month'] as const;
type Every = (typeof EVERY)[number];
const REFRESH_MS = 60_000;
const SHARES: ReadonlySet<string> = new Set(['service_level', 'abandonment_rate', 'occupancy']);
const BETTER: Readonly<Record<string, 'more' | 'less'>> = {
  answered: 'more',
  abandoned: 'less',
  abandonment_rate: 'less',
  service_level: 'more',
  average_wait_seconds: 'less',
};

const unitOf = (name: string): Unit =>
  SHARES.has(name) ? 'share' : name.endsWith('_seconds') ? 'seconds' : 'count';
const shown = (name: string, value: number | null): string => {
  const unit = unitOf(name);
  return unit === 'share' ? share(value, 1) : unit === 'seconds' ? duration(value) : count(value);
};

/** A day, a week or a month on one page: what came, how we answered, and what stood out, in words. */
export default function SummaryView({ period, today }: { period: Period; today: string }) {
  const { t, i18n } = useTranslation();
  const [address, setAddress] = useAddress();
  const { definition } = useMeasures();
  const queues = useQueues();
  const mayExport = useCan('export.reports');
  const every: Every = EVERY.find((it) => it === address.every) ?? 'day';
  const day = isDay(address.day) ? address.day : addDays(period.to, -1);
  const queueIds = idsOf(address.queue);
  const ask = { every, day, ...(queueIds.length ? { queue: queueIds } : {}) };
  const { data, error, refetch } = useQuery({
    queryKey: ['report', 'page', ask],
    queryFn: ({ signal }) => get<SummaryPage>('/api/v1/reports/page', ask, signal),
    refetchInterval: REFRESH_MS,
  });
  const step = (way: 1 | -1) => {
    const first = data?.first ?? day;
    if (every === 'month') {
      return way < 0 ? addDays(first, -1) : addDays(`${first.slice(0, 8)}28`, 4);
    }
    return addDays(first, way * (every === 'week' ? 7 : 1));
  };
  const zone = data?.zone ?? 'UTC';
  const option = useMemo(
    () =>
      data
        ? queueChart(
            data.parts.map((part) => ({
              ...part,
              key: part.start,
              from: part.start,
              to: part.start,
            })),
            {
              by: every === 'day' ? 'intervals' : 'days',
              manyDays: false,
              target: data.numbers.find((it) => it.name === 'service_level')?.target ?? null,
              picked: null,
              t,
            },
          )
        : null,
    [data, every, t],
  );
  const columns: Column<PageQueue>[] = [
    { key: 'queue', title: t('lists.queue'), cell: (row) => row.queue, sort: (row) => row.queue },
    ...(['offered', 'answered', 'abandoned', 'service_level'] as const).map(
      (name): Column<PageQueue> => ({
        key: name,
        title: t(`reports.measure.${name}.short`),
        definition: definition(name),
        numeric: true,
        cell: (row) => (
          <span
            className={css.value}
            data-level={
              name === 'service_level' && row.target !== null && row.service_level !== null
                ? row.service_level < row.target - 0.1
                  ? 'bad'
                  : row.service_level < row.target
                    ? 'warn'
                    : undefined
                : undefined
            }
          >
            {shown(name, row[name])}
          </span>
        ),
        sort: (row) => row[name],
      }),
    ),
    {
      key: 'target',
      title: t('attendance.page.target'),
      numeric: true,
      cell: (row) => share(row.target),
      sort: (row) => row.target,
    },
    ...(['average_wait_seconds', 'aht_seconds'] as const).map(
      (name): Column<PageQueue> => ({
        key: name,
        title: t(`reports.measure.${name}.short`),
        definition: definition(name),
        numeric: true,
        cell: (row) => duration(row[name]),
        sort: (row) => row[name],
      }),
    ),
  ];
  const against = data ? spanOf(data.before_first, data.before_last) : '';
  const figures = (found: readonly PageNumber[]): Figure[] =>
    found.map((one) => ({
      key: one.name,
      label: textOf(`reports.measure.${one.name}.title`) ?? one.name,
      value: shown(one.name, one.value),
      level: one.tone === 'plain' ? undefined : (one.tone as 'ok'),
      definition: definition(one.name),
      change: changeOf(unitOf(one.name), one.value, one.before, BETTER[one.name] ?? null, {
        points: t('reports.compare.points'),
        against: t('reports.compare.against', { period: against }),
      }),
      note:
        one.target === null
          ? t('attendance.page.before', { value: shown(one.name, one.before) })
          : t('attendance.page.target_of', { value: share(one.target) }),
    }));
  const sentence = (one: PageSentence): string =>
    textOf(`attendance.page.told.${one.code}`, spokenFacts(one, every, zone)) ?? one.code;
  return (
    <div className={`${css.links} ${pageCss.page}`}>
      <div className={css.linksBy}>
        <SegmentedControl
          aria-label={t('attendance.page.every.label')}
          value={every}
          onChange={(value) => setAddress({ every: value === 'day' ? null : value })}
          data={EVERY.map((value) => ({ value, label: t(`attendance.page.every.${value}`) }))}
        />
        <Button
          variant="default"
          px={8}
          aria-label={t('attendance.page.earlier')}
          onClick={() => setAddress({ day: step(-1) })}
        >
          <ChevronLeft size={16} aria-hidden />
        </Button>
        <DayField label="" value={day} onChange={(value) => setAddress({ day: value || null })} />
        <Button
          variant="default"
          px={8}
          aria-label={t('attendance.page.later')}
          disabled={step(1) > today}
          onClick={() => setAddress({ day: step(1) })}
        >
          <ChevronRight size={16} aria-hidden />
        </Button>
        <PickMany
          label={t('lists.queue')}
          choices={queues.all.map((it) => ({ value: String(it.id), label: it.name }))}
          value={queueIds}
          onChange={(ids) => setAddress({ queue: ids.join(',') })}
        />
        <span className={css.push} />
        {mayExport ? (
          <Downloads
            of={(format) => url('/api/v1/reports/page', { ...ask, format, locale: i18n.language })}
          />
        ) : null}
      </div>
      {data?.behind_since ? (
        <Banner tone="warn">{t('reports.behind', { time: full(data.behind_since) })}</Banner>
      ) : null}
      {error && !data ? (
        <div className="panel">
          <ErrorState text={problemText(error)} onRetry={() => void refetch()} />
        </div>
      ) : !data ? (
        <Skeletons />
      ) : (
        <>
          <h2>
            {t(`attendance.page.title.${every}`)}: {spanOf(data.first, data.last)}
          </h2>
          <Figures label={t('reports.figures')} figures={figures(data.numbers)} />
          <section className={`panel ${pageCss.told}`} aria-label={t('attendance.page.stood_out')}>
            <h3>{t('attendance.page.stood_out')}</h3>
            <ul>
              {data.told.map((one) => (
                <li key={one.code} data-tone={one.tone}>
                  {sentence(one)}
                </li>
              ))}
            </ul>
          </section>
          {data.parts.length && option ? (
            <section className={`panel ${css.chart}`}>
              <Chart
                height={230}
                label={t(every === 'day' ? 'attendance.page.by_hour' : 'attendance.page.by_day')}
                option={option}
              />
            </section>
          ) : null}
          {data.queues.length ? (
            <DataGrid
              label={t('attendance.page.queues')}
              className="panel"
              columns={columns}
              rows={data.queues}
              rowKey={(row) => row.queue_id}
              minWidth={820}
            />
          ) : null}
          <Foot report={data}> · {t('attendance.page.against', { period: against })}</Foot>
        </>
      )}
    </div>
  );
}

/** Days are dates of the site: noon of them is the same date everywhere. */
const spanOf = (first: string, last: string): string =>
  first === last
    ? dayMonth(`${first}T12:00:00Z`)
    : `${dayMonth(`${first}T12:00:00Z`)} – ${dayMonth(`${last}T12:00:00Z`)}`;

function spokenFacts(one: PageSentence, every: Every, zone: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(one.facts ?? {}).map(([name, fact]) => [
      name,
      name === 'at'
        ? every === 'day'
          ? clockIn(zone, String(fact))
          : dayMonth(String(fact))
        : name.endsWith('_share')
          ? share(Number(fact))
          : name.endsWith('_seconds')
            ? duration(Number(fact))
            : typeof fact === 'number'
              ? count(fact)
              : String(fact),
    ]),
  );
}
