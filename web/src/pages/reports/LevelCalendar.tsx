import { useQuery } from '@tanstack/react-query';
import { CalendarDays } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { QueueReport } from '~/api/gen/types.gen';
import { count, formatLanguage, share } from '~/lib/format';
import { startOfDay } from '~/lib/period';
import { serviceLevel } from '~/lib/state';
import { type Figure, Figures } from '~/ui/Figures';
import { EmptyState, ErrorState } from '~/ui/Notice';
import own from './Catalogue.module.css';
import type { ReportProps } from './catalogue';
import { useMeasures } from './Definition';
import { Drill } from './Drill';
import { Behind, Foot } from './Foot';
import { LevelsJoined, levelsUsed } from './LevelsUsed';
import { type LevelDay, levelDays, monthsOf } from './levels';
import { Skeletons } from './Skeletons';

const REFRESH_MS = 60_000;
/** A Monday. */
const MONDAY = Date.UTC(2024, 0, 1);

/** Month by month, each day coloured by whether the service level reached its target. */
export default function LevelCalendar({ period, today, path, ask }: ReportProps) {
  const { t } = useTranslation();
  const { definition } = useMeasures();
  const { data, error, refetch } = useQuery({
    queryKey: ['report', 'days', ask],
    queryFn: ({ signal }) => get<QueueReport>(path, ask, signal),
    refetchInterval: period.to > today ? REFRESH_MS : false,
  });
  const days = useMemo(() => levelDays(data?.rows ?? []), [data]);
  const months = useMemo(() => monthsOf({ from: period.from, to: period.to }), [period.from, period.to]);
  if (error && !data) {
    return (
      <div className="panel">
        <ErrorState text={problemText(error)} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (!data) return <Skeletons />;
  const language = formatLanguage() === 'en' ? 'en-GB' : 'ru';
  const words = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language, { timeZone: 'UTC', ...options });
  const weekday = words({ weekday: 'short' });
  const known = [...days.values()].filter((it) => it.level !== null && it.target !== null);
  const reached = known.filter((it) => (it.level ?? 0) >= (it.target ?? 1)).length;
  const queue = Array.isArray(ask.queue) && ask.queue.length ? ask.queue.join(',') : undefined;
  const figures: Figure[] = [
    {
      key: 'reached',
      label: t('catalogue.levels.reached'),
      value: known.length ? `${count(reached)} / ${count(known.length)}` : share(null),
      note: known.length ? share(reached / known.length) : null,
    },
    {
      key: 'service_level',
      label: t('reports.measure.service_level.title'),
      value: share(data.totals.service_level, 1),
      definition: definition('service_level', levelsUsed(data)),
    },
  ];
  const told = (day: LevelDay): string =>
    [
      words({ day: 'numeric', month: 'long', weekday: 'long' }).format(Date.parse(`${day.day}T00:00:00Z`)),
      `${t('reports.measure.service_level.title')}: ${share(day.level, 1)}`,
      t('catalogue.levels.target', { share: share(day.target, 1) }),
      ...day.queues.map((it) => `${it.queue}: ${share(it.level, 1)} / ${share(it.target)}`),
    ].join('\n');
  return (
    <>
      <Behind report={data} />
      <Figures label={t('reports.figures')} figures={figures} />
      <LevelsJoined of={data} />
      {data.rows.length ? (
        <div className={own.months}>
          {months.map((month) => (
            <section key={month.key} className={`panel ${own.month}`}>
              <h2>
                {words({ month: 'long', year: 'numeric' }).format(Date.parse(`${month.key}-01T00:00:00Z`))}
              </h2>
              <table>
                <thead>
                  <tr>
                    {Array.from({ length: 7 }, (_, i) => (
                      <th key={i} scope="col">
                        {weekday.format(MONDAY + i * 86_400_000)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {month.weeks.map((week) => (
                    <tr key={week.find((it) => it)}>
                      {week.map((date, i) => {
                        const day = date ? days.get(date) : undefined;
                        if (!date) return <td key={`${month.key}/${i}`} />;
                        return (
                          <td
                            key={date}
                            className={own.day}
                            title={day ? told(day) : undefined}
                            data-level={
                              day?.level !== undefined && day.level !== null && day.target !== null
                                ? serviceLevel(day.level, day.target)
                                : undefined
                            }
                          >
                            {Number(date.slice(8))}
                            {day ? (
                              <Drill
                                measure="offered"
                                place={{
                                  start: startOfDay(date, data.zone),
                                  stop: day.to,
                                  queue,
                                }}
                                empty={!day.offered}
                              >
                                <b className="num">{share(day.level)}</b>
                              </Drill>
                            ) : null}
                          </td>
                        );
                      })}
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          ))}
        </div>
      ) : (
        <div className="panel">
          <EmptyState
            icon={CalendarDays}
            title={t('reports.empty.title')}
            text={t('catalogue.levels.empty')}
          />
        </div>
      )}
      <p className={own.foot}>{t('catalogue.levels.foot')}</p>
      <Foot report={data} />
    </>
  );
}
