import { SegmentedControl, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Grid3x3 } from 'lucide-react';
import { type CSSProperties, type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { HeatCell, HeatReport } from '~/api/gen/types.gen';
import { count, formatLanguage } from '~/lib/format';
import { addDays, startOfDay } from '~/lib/period';
import { decimal } from '~/ui/decimal';
import { InfoTip } from '~/ui/InfoTip';
import { EmptyState, ErrorState } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import type { ReportProps } from './catalogue';
import { useMeasures } from './Definition';
import { Drill, type Place } from './Drill';
import { Behind, Foot } from './Foot';
import css from './Heat.module.css';
import { cellAt, HEAT, type HeatName, heatText, hoursShown, levelOf, rowName, rowsOf, shownOf } from './heat';
import { LevelsJoined, levelsUsed } from './LevelsUsed';
import { Skeletons } from './Skeletons';

const REFRESH_MS = 60_000;

/** Weekdays, or days, by the hours of the wall clock: any measure of a queue as a map that one looks at. */
export default function HeatView({ period, today, path, ask }: ReportProps) {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const { definition } = useMeasures();
  const show: HeatName = HEAT.find((it) => it === address.show) ?? 'offered';
  const isSum = address.sums === 'true';
  const { data, error, refetch } = useQuery({
    queryKey: ['report', 'heat', ask],
    queryFn: ({ signal }) => get<HeatReport>(path, ask, signal),
    refetchInterval: period.to > today ? REFRESH_MS : false,
  });
  const isCount = show === 'offered' || show === 'answered' || show === 'abandoned';
  const title = t(`reports.measure.${show}.title`);
  const tools = (
    <div className={css.tools}>
      <Select
        aria-label={t('catalogue.heat.show')}
        value={show}
        allowDeselect={false}
        onChange={(value) => setAddress({ show: value })}
        data={HEAT.map((value) => ({ value, label: t(`reports.measure.${value}.title`) }))}
      />
      <InfoTip title={title}>{definition(show, show === 'service_level' ? levelsUsed(data) : null)}</InfoTip>
      <SegmentedControl
        aria-label={t('catalogue.heat.rows')}
        value={address.rows === 'day' ? 'day' : 'weekday'}
        onChange={(value) => setAddress({ rows: value === 'day' ? value : null })}
        data={[
          { value: 'weekday', label: t('catalogue.heat.by_weekday') },
          { value: 'day', label: t('catalogue.heat.by_day') },
        ]}
      />
      {isCount ? (
        <SegmentedControl
          aria-label={t('catalogue.heat.counts')}
          value={isSum ? 'sum' : 'mean'}
          onChange={(value) => setAddress({ sums: value === 'sum' })}
          data={[
            { value: 'mean', label: t('catalogue.heat.mean') },
            { value: 'sum', label: t('catalogue.heat.sum') },
          ]}
        />
      ) : null}
    </div>
  );
  if (error && !data) {
    return (
      <>
        {tools}
        <div className="panel">
          <ErrorState text={problemText(error)} onRetry={() => void refetch()} />
        </div>
      </>
    );
  }
  if (!data) return <Skeletons />;
  return (
    <>
      <Behind report={data} />
      {show === 'service_level' ? <LevelsJoined of={data} /> : null}
      {tools}
      {data.total.offered ? (
        <HeatMap
          report={data}
          show={show}
          isSum={isSum}
          title={title}
          place={{
            start: startOfDay(period.from, data.zone),
            stop: startOfDay(period.to, data.zone),
            queue: Array.isArray(ask.queue) && ask.queue.length ? ask.queue.join(',') : undefined,
          }}
        />
      ) : (
        <div className="panel">
          <EmptyState icon={Grid3x3} title={t('reports.empty.title')} text={t('catalogue.heat.empty')} />
        </div>
      )}
      <Foot report={data} />
    </>
  );
}

function HeatMap({
  report,
  show,
  isSum,
  title,
  place,
}: {
  report: HeatReport;
  show: HeatName;
  isSum: boolean;
  title: string;
  place: Place;
}) {
  const { t } = useTranslation();
  const box = useRef<HTMLTableElement>(null);
  const [focus, setFocus] = useState<[number, number]>([0, 0]);
  const rows = useMemo(() => rowsOf(report), [report]);
  const hours = useMemo(() => hoursShown(report), [report]);
  const cells = useMemo(() => {
    const byPlace = new Map(report.cells.map((it) => [cellAt(it), it]));
    return rows.map((row) => hours.map((hour) => byPlace.get(`${row.key}/${hour}`)));
  }, [report, rows, hours]);
  const values = cells.flat().flatMap((it) => (it ? (shownOf(it, show, isSum) ?? []) : []));
  const least = Math.min(...values);
  const most = Math.max(...values);
  const text = (cell: HeatCell): string => heatText(show, shownOf(cell, show, isSum), isSum);
  const told = (cell: HeatCell, name: string): string =>
    [
      name,
      `${title}: ${text(cell) || t('catalogue.no_data')}`,
      t('catalogue.heat.told', {
        offered: count(cell.offered),
        answered: count(cell.answered),
        abandoned: count(cell.abandoned),
      }),
      t('catalogue.heat.lasted', { hours: decimal(cell.hours, Number.isInteger(cell.hours) ? 0 : 2) }),
    ].join('\n');
  const placeOf = (cell: HeatCell): Place => {
    if (cell.start && cell.stop) return { ...place, start: cell.start, stop: cell.stop };
    return {
      ...place,
      ...(cell.day ? dayPlace(cell.day, report.zone) : {}),
      ...(cell.weekday ? { weekday: String(cell.weekday) } : {}),
      ...(cell.hour === null || cell.hour === undefined ? {} : { hour: String(cell.hour) }),
    };
  };
  const shown = (cell: HeatCell | undefined, name: string, isStop = true) =>
    cell ? (
      <span title={told(cell, name)}>
        <Drill measure={show} place={placeOf(cell)} empty={!cell.offered} isStop={isStop}>
          {text(cell) || (
            <>
              <i aria-hidden>·</i>
              <span className="visually-hidden">{t('catalogue.no_data')}</span>
            </>
          )}
        </Drill>
      </span>
    ) : null;

  /** One stop of Tab for the whole map; the arrows go from cell to cell. */
  const move = (event: KeyboardEvent) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const row = Math.min(rows.length - 1, Math.max(0, focus[0] + step[0]!));
    const column = Math.min(hours.length - 1, Math.max(0, focus[1] + step[1]!));
    setFocus([row, column]);
    const next = box.current?.querySelector<HTMLElement>(`[data-at="${row}/${column}"]`);
    (next?.querySelector<HTMLElement>('a') ?? next)?.focus();
  };
  return (
    <section className={`panel ${css.map}`} data-show={show} aria-label={title}>
      <table ref={box} className={css.table} onKeyDown={move}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">{t('catalogue.heat.rows')}</span>
            </th>
            {hours.map((hour) => (
              <th key={hour} scope="col" className="num">
                {hour}
              </th>
            ))}
            <th scope="col">{t('catalogue.heat.all')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={row.key}>
              <th scope="row">{rowName(row, formatLanguage())}</th>
              {hours.map((hour, j) => {
                const cell = cells[i]?.[j];
                const value = cell ? shownOf(cell, show, isSum) : null;
                const isFocus = focus[0] === i && focus[1] === j;
                return (
                  <td
                    key={hour}
                    className={`num ${css.cell}`}
                    data-at={`${i}/${j}`}
                    data-none={!cell || undefined}
                    tabIndex={cell?.offered ? undefined : isFocus ? 0 : -1}
                    style={
                      value === null
                        ? undefined
                        : ({ '--level': levelOf(show, value, least, most) } as CSSProperties)
                    }
                    onFocus={() => setFocus([i, j])}
                  >
                    {shown(cell, `${rowName(row, formatLanguage())}, ${hour}:00–${hour + 1}:00`, isFocus)}
                  </td>
                );
              })}
              <td className={`num ${css.sum}`}>{shown(report.by_row[i], rowName(row, formatLanguage()))}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t('catalogue.heat.all')}</th>
            {hours.map((hour) => (
              <td key={hour} className={`num ${css.sum}`}>
                {shown(
                  report.by_hour.find((it) => it.hour === hour),
                  `${hour}:00–${hour + 1}:00`,
                )}
              </td>
            ))}
            <td className={`num ${css.sum}`}>{shown(report.total, t('reports.total'))}</td>
          </tr>
        </tfoot>
      </table>
      <p className={css.legend}>
        <span>{heatText(show, least, isSum)}</span>
        <i aria-hidden />
        <span>{heatText(show, most, isSum)}</span>
        <span className="muted">{t(`catalogue.heat.legend.${show}`)}</span>
      </p>
    </section>
  );
}

function dayPlace(day: string, zone: string): { start: string; stop: string } {
  return { start: startOfDay(day, zone), stop: startOfDay(addDays(day, 1), zone) };
}
