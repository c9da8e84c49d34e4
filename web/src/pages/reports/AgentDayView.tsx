import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ChevronLeft, ChevronRight, UserRound } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText, address as url } from '~/api/client';
import type { AgentDay, DayPiece } from '~/api/gen/types.gen';
import { useAgents } from '~/api/names';
import { useCan } from '~/api/session';
import { textOf } from '~/i18n';
import { duration, full } from '~/lib/format';
import { addDays, isDay, type Period } from '~/lib/period';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { DayField } from '~/ui/DayField';
import { Downloads } from '~/ui/Downloads';
import { Banner, EmptyState, ErrorState } from '~/ui/Notice';
import { PickMany } from '~/ui/PickMany';
import { useAddress } from '~/ui/useAddress';
import { Foot } from './Foot';
import css from './Reports.module.css';
import { Skeletons } from './Skeletons';
import sheetCss from './Timesheet.module.css';
import { clockExactIn, clockSecondsIn, hoursOf } from './zoned';

const REFRESH_MS = 60_000;
type Line = DayPiece & { key: number };

/** One agent, one day: every state to the millisecond, as a band by the hour and as a list. */
export default function AgentDayView({ period }: { period: Period }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const [address, setAddress] = useAddress();
  const agents = useAgents();
  const mayExport = useCan('export.reports');
  const maySee = useCan('view.interactions');
  const [picked, setPicked] = useState<number | null>(null);
  const agent = address.who ?? '';
  const day = isDay(address.day) ? address.day : addDays(period.to, -1);
  const ask = { agent, day };
  const { data, error, refetch } = useQuery({
    queryKey: ['report', 'agent-day', ask],
    queryFn: ({ signal }) => get<AgentDay>('/api/v1/reports/agent-day', ask, signal),
    enabled: Boolean(agent),
    refetchInterval: REFRESH_MS,
  });
  const pieces = useMemo<Line[]>(() => data?.pieces.map((piece, key) => ({ ...piece, key })) ?? [], [data]);
  const why = (piece: DayPiece): string => {
    const reason = data?.reasons.find((it) => it.id === piece.reason_id);
    if (reason) return i18n.language === 'en' ? reason.name_en : reason.name_ru;
    return piece.rule ? (textOf(`attendance.rule.${piece.rule}`) ?? piece.rule) : '';
  };
  const numbers = new Map(data?.interactions?.map((it) => [it.interaction_id, it]));
  const to = (interaction_id: string | null | undefined) =>
    interaction_id && maySee ? void navigate({ to: `/interactions/${interaction_id}` }) : undefined;
  const zone = data?.zone ?? 'UTC';
  const columns: Column<Line>[] = [
    {
      key: 'start',
      title: t('attendance.start'),
      width: '120px',
      cell: (row) => <span className="num">{clockExactIn(zone, row.start)}</span>,
      sort: (row) => row.start,
    },
    {
      key: 'stop',
      title: t('attendance.stop'),
      width: '120px',
      cell: (row) => (
        <span className="num">{row.goes_on ? t('attendance.now') : clockExactIn(zone, row.stop)}</span>
      ),
    },
    {
      key: 'state',
      title: t('attendance.state'),
      width: 'minmax(140px, 1fr)',
      cell: (row) => (
        <>
          <i className={`${sheetCss.piece} ${sheetCss.dot}`} data-state={row.state} />
          {t(`common.state.${row.state as 'ready'}`)}
        </>
      ),
      sort: (row) => row.state,
    },
    { key: 'why', title: t('attendance.why'), cell: why, width: 'minmax(140px, 1fr)' },
    {
      key: 'seconds',
      title: t('attendance.length'),
      numeric: true,
      width: '110px',
      cell: (row) => duration(row.seconds),
      sort: (row) => row.seconds,
      total: duration(data?.pieces_seconds),
    },
    { key: 'queue', title: t('lists.queue'), cell: (row) => row.queue, width: 'minmax(110px, 1fr)' },
    {
      key: 'interaction',
      title: t('attendance.interaction'),
      width: 'minmax(170px, 1.2fr)',
      cell: (row) => {
        const one = row.interaction_id ? numbers.get(row.interaction_id) : undefined;
        return one ? `${t(`common.direction.${one.direction as 'inbound'}`)} ${one.number}` : '';
      },
    },
  ];
  return (
    <div className={css.links}>
      <div className={css.linksBy}>
        <PickMany
          single
          label={t('lists.agent')}
          choices={agents.map((it) => ({ value: String(it.id), label: it.name }))}
          value={agent ? [agent] : []}
          onChange={([id]) => setAddress({ who: id })}
        />
        <Button
          variant="default"
          px={8}
          aria-label={t('attendance.day_before')}
          onClick={() => setAddress({ day: addDays(day, -1) })}
        >
          <ChevronLeft size={16} aria-hidden />
        </Button>
        <DayField label="" value={day} onChange={(value) => setAddress({ day: value || null })} />
        <Button
          variant="default"
          px={8}
          aria-label={t('attendance.day_after')}
          onClick={() => setAddress({ day: addDays(day, 1) })}
        >
          <ChevronRight size={16} aria-hidden />
        </Button>
        <span className={css.push} />
        {mayExport && agent ? (
          <Downloads
            of={(format) => url('/api/v1/reports/agent-day', { ...ask, format, locale: i18n.language })}
          />
        ) : null}
      </div>
      {!agent ? (
        <div className="panel">
          <EmptyState icon={UserRound} title={t('attendance.pick')} text={t('attendance.pick_text')} />
        </div>
      ) : error && !data ? (
        <div className="panel">
          <ErrorState text={problemText(error)} onRetry={() => void refetch()} />
        </div>
      ) : !data ? (
        <Skeletons />
      ) : !pieces.length ? (
        <div className="panel">
          <EmptyState
            icon={UserRound}
            title={t('attendance.day_empty')}
            text={t('attendance.day_empty_text')}
          />
        </div>
      ) : (
        <>
          {data.behind_since ? (
            <Banner tone="warn">{t('reports.behind', { time: full(data.behind_since) })}</Banner>
          ) : null}
          {Math.abs(data.present_seconds - data.pieces_seconds) >= 0.001 ? (
            <Banner tone="warn">
              {t('attendance.unequal', {
                states: duration(data.pieces_seconds),
                counted: duration(data.present_seconds),
              })}
            </Banner>
          ) : null}
          <section className={`panel ${sheetCss.day}`} aria-label={t('attendance.band')}>
            <dl className={sheetCss.facts}>
              <Fact name={t('attendance.first')}>
                {data.first_at && clockSecondsIn(zone, data.first_at)}
                {data.sign_ins[0]?.is_before ? <small> {t('attendance.is_before')}</small> : null}
              </Fact>
              <Fact name={t('attendance.last')}>
                {data.pieces.at(-1)?.goes_on
                  ? t('attendance.goes_on')
                  : data.last_at && clockSecondsIn(zone, data.last_at)}
                {data.sign_ins.at(-1)?.is_after ? <small> {t('attendance.is_after')}</small> : null}
              </Fact>
              <Fact name={t('attendance.first_work')}>
                {data.first_interaction_at && clockSecondsIn(zone, data.first_interaction_at)}
              </Fact>
              <Fact name={t('attendance.last_work')}>
                {data.last_interaction_at && clockSecondsIn(zone, data.last_interaction_at)}
              </Fact>
              <Fact name={t('attendance.present')}>{duration(data.present_seconds)}</Fact>
              <Fact name={t('attendance.sign_ins')}>{data.sign_ins.length}</Fact>
            </dl>
            <Band day={data} pieces={pieces} picked={picked} onPick={setPicked} name={why} />
            <Legend pieces={pieces} />
          </section>
          <DataGrid
            label={t('attendance.list')}
            className={`panel ${sheetCss.grid}`}
            columns={columns}
            rows={pieces}
            rowKey={(row) => row.key}
            selected={picked}
            onOpen={(row) => {
              setPicked(row.key);
              to(row.interaction_id);
            }}
            minWidth={940}
          />
          <Foot report={data}> · {t('attendance.day_hint')}</Foot>
        </>
      )}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="num">{children || '—'}</dd>
    </div>
  );
}

/** Drawn by real time: a day of 23 or 25 hours is as long as it was. The list below it is what keys read. */
function Band({
  day,
  pieces,
  picked,
  onPick,
  name,
}: {
  day: AgentDay;
  pieces: readonly Line[];
  picked: number | null;
  onPick: (key: number) => void;
  name: (piece: DayPiece) => string;
}) {
  const { t } = useTranslation();
  const start = Date.parse(day.start);
  const whole = Date.parse(day.stop) - start;
  const left = (at: string | number) =>
    `${(((typeof at === 'number' ? at : Date.parse(at)) - start) / whole) * 100}%`;
  const width = (piece: { start: string; stop: string }) =>
    `${((Date.parse(piece.stop) - Date.parse(piece.start)) / whole) * 100}%`;
  const ticks = hoursOf(day.start, day.stop, day.zone);
  const words = (piece: Line) =>
    [
      t(`common.state.${piece.state as 'ready'}`),
      name(piece),
      `${clockSecondsIn(day.zone, piece.start)} – ${clockSecondsIn(day.zone, piece.stop)}`,
      duration(piece.seconds),
    ]
      .filter(Boolean)
      .join(', ');
  return (
    <div className={sheetCss.scroll}>
      <div className={sheetCss.band} aria-hidden>
        <div className={sheetCss.track}>
          {pieces.map((piece) => (
            <button
              key={piece.key}
              type="button"
              tabIndex={-1}
              className={sheetCss.piece}
              data-state={piece.state}
              data-picked={picked === piece.key || undefined}
              style={{ insetInlineStart: left(piece.start), width: width(piece) }}
              title={words(piece)}
              onClick={() => onPick(piece.key)}
            />
          ))}
        </div>
        <div className={sheetCss.track} data-kind="work">
          {pieces
            .filter((piece) => piece.interaction_id)
            .map((piece) => (
              <button
                key={piece.key}
                type="button"
                tabIndex={-1}
                className={sheetCss.piece}
                data-state="work"
                style={{ insetInlineStart: left(piece.start), width: width(piece) }}
                title={words(piece)}
                onClick={() => onPick(piece.key)}
              />
            ))}
        </div>
        <div className={sheetCss.hours}>
          {ticks.map((tick) => (
            <span key={tick.at} style={{ insetInlineStart: left(tick.at) }}>
              {tick.label}
            </span>
          ))}
        </div>
      </div>
    </div>
  );
}

/** How long each state lasted in all. */
function Legend({ pieces }: { pieces: readonly DayPiece[] }) {
  const { t } = useTranslation();
  const sums = new Map<string, number>();
  for (const piece of pieces) sums.set(piece.state, (sums.get(piece.state) ?? 0) + piece.seconds);
  return (
    <ul className={sheetCss.legend}>
      {[...sums].map(([state, seconds]) => (
        <li key={state}>
          <i className={sheetCss.piece} data-state={state} />
          {t(`common.state.${state as 'ready'}`)} <b className="num">{duration(seconds)}</b>
        </li>
      ))}
    </ul>
  );
}
