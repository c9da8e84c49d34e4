import { BellOff, EyeOff, PhoneIncoming, Unplug } from 'lucide-react';
import { type CSSProperties, type ReactNode, useEffect, useReducer } from 'react';
import { useTranslation } from 'react-i18next';
import { textOf } from '~/i18n';
import { serverNow } from '~/lib/clock';
import { type FigureUnit, figureText } from '~/lib/figures';
import { clock, count, formatLanguage, formatZone, share } from '~/lib/format';
import { type AgentState, BY_ATTENTION, serviceLevel } from '~/lib/state';
import { Elapsed } from '~/ui/Elapsed';
import { InfoTip } from '~/ui/InfoTip';
import { onTick } from '~/ui/ticker';
import { DayChart } from './DayChart';
import type { QueueLine, TileNow } from './feed';
import type { Tile } from './layout';
import { gaugeLevel, levelOf } from './levels';
import css from './Tiles.module.css';

/** One tile: its title, its definition one hover away, and what it shows now. */
export function TileView({ tile, now, bare }: { tile: Tile; now: TileNow | undefined; bare?: boolean }) {
  const title = useTitle(tile, now);
  if (tile.kind === 'text') {
    return (
      <div className={css.tile} data-kind="text">
        <p className={css.text} style={chars(tile.text)}>
          {tile.text || title}
        </p>
      </div>
    );
  }
  if (tile.kind === 'clock') return <ClockTile tile={tile} />;
  return (
    <div className={css.tile} data-kind={tile.kind}>
      <header className={css.head}>
        <h3 title={title}>{title}</h3>
        {bare ? null : <Definition tile={tile} title={title} now={now} />}
      </header>
      <div className={css.body}>
        <Body tile={tile} now={now} />
      </div>
    </div>
  );
}

function Body({ tile, now }: { tile: Tile; now: TileNow | undefined }) {
  const { t } = useTranslation();
  if (!now) return <Nothing icon={<Unplug />}>{t('dashboards.not_yet')}</Nothing>;
  if (now.code) {
    const text = textOf(`dashboards.code.${now.code}`) ?? now.code;
    return <Nothing icon={<EyeOff />}>{text}</Nothing>;
  }
  switch (tile.kind) {
    case 'figure':
      return <Figure tile={tile} now={now} />;
    case 'gauge':
      return <Gauge tile={tile} now={now} />;
    case 'day':
      return <DayChart tile={tile} now={now} />;
    case 'queues':
      return <Queues now={now} />;
    case 'states':
      return <States now={now} />;
    case 'waiting':
      return <Waiting now={now} />;
    case 'bars':
      return <Bars tile={tile} now={now} />;
    case 'alerts':
      return <Alerts now={now} />;
    default:
      return null;
  }
}

/** What people call it: their own words, or the figure with the queues or teams that were chosen. */
export function useTitle(tile: Tile, now: TileNow | undefined): string {
  const { t } = useTranslation();
  if (tile.title) return tile.title;
  const named = tile.figure ? textOf(`dashboards.figure.${tile.figure}`) : null;
  const name = named ?? t(`dashboards.kind.${tile.kind}`);
  const places = now?.places ?? [];
  if (!places.length) return name;
  return places.length > 2
    ? t('dashboards.title_several', { name, count: places.length })
    : `${name} · ${places.join(', ')}`;
}

function Definition({ tile, title, now }: { tile: Tile; title: string; now: TileNow | undefined }) {
  const { t } = useTranslation();
  const help = tile.figure ? textOf(`dashboards.figure_help.${tile.figure}`) : null;
  const places = now?.places ?? [];
  return (
    <InfoTip title={title}>
      <p>{help ?? t(`dashboards.kind_help.${tile.kind}`)}</p>
      {places.length ? <p>{places.join(', ')}</p> : null}
      {now?.basis ? <p>{t('dashboards.basis', { count: now.basis })}</p> : null}
    </InfoTip>
  );
}

const chars = (text: string): CSSProperties => ({ '--chars': Math.max(3, text.length) }) as CSSProperties;

function Nothing({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <p className={css.nothing}>
      {icon}
      <span>{children}</span>
    </p>
  );
}

/** Draws anew each second while something lasts. */
function useSeconds(runs: boolean): void {
  const [, tick] = useReducer((n: number) => n + 1, 0);
  useEffect(() => (runs ? onTick(tick) : undefined), [runs]);
}

const since = (ms: number): number => Math.max(0, (serverNow() - ms) / 1000);

function Figure({ tile, now }: { tile: Tile; now: TileNow }) {
  useSeconds(now.since_ms !== undefined);
  const value = now.since_ms === undefined ? now.value : since(now.since_ms);
  const text = figureText(value, (now.unit ?? 'count') as FigureUnit);
  return (
    <div className={css.figure} data-level={levelOf(value, tile)}>
      <b className="num" style={chars(text)}>
        {text}
      </b>
    </div>
  );
}

/** Half a ring from left to right; the tick is the target. */
function Gauge({ tile, now }: { tile: Tile; now: TileNow }) {
  const { t } = useTranslation();
  const value = now.value;
  const target = now.target;
  const level = gaugeLevel(value, target, tile);
  const text = share(value);
  const angle = Math.PI * (1 - (target ?? 0));
  return (
    <div className={css.gauge} data-level={level}>
      <svg viewBox="0 0 100 58" aria-hidden>
        <path d="M8 52 A42 42 0 0 1 92 52" pathLength={100} className={css.rail} />
        <path
          d="M8 52 A42 42 0 0 1 92 52"
          pathLength={100}
          className={css.arc}
          strokeDasharray={`${Math.min(1, value ?? 0) * 100} 200`}
        />
        {target !== undefined ? (
          <line
            x1={50 + 34 * Math.cos(angle)}
            y1={52 - 34 * Math.sin(angle)}
            x2={50 + 49 * Math.cos(angle)}
            y2={52 - 49 * Math.sin(angle)}
            className={css.tick}
          />
        ) : null}
        <text x="50" y="49" textAnchor="middle" className={`num ${css.gaugeText}`}>
          {text}
        </text>
      </svg>
      <p>
        <span className="visually-hidden">{text} </span>
        {target === undefined ? null : t('dashboards.target', { share: share(target) })}
      </p>
    </div>
  );
}

function Queues({ now }: { now: TileNow }) {
  const { t } = useTranslation();
  const lines = now.queues ?? [];
  return (
    <>
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">{t('dashboards.column.queue')}</th>
            <th scope="col">{t('dashboards.column.waiting')}</th>
            <th scope="col">{t('dashboards.column.longest')}</th>
            <th scope="col">{t('dashboards.column.level')}</th>
            <th scope="col">{t('dashboards.column.lost')}</th>
            <th scope="col">{t('dashboards.column.ready')}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.id}>
              <th scope="row">
                <span>{line.name}</span>
                {line.is_closed ? <small>{t('dashboards.closed')}</small> : null}
              </th>
              <td className="num" data-some={line.waiting ? true : undefined}>
                {count(line.waiting ?? 0)}
              </td>
              <td className="num">{line.since_ms ? <Elapsed since={line.since_ms} /> : '—'}</td>
              <td className="num" data-level={serviceLevel(line.service_level, line.target ?? 0)}>
                {share(line.service_level)}
              </td>
              <td className="num">{count(line.abandoned ?? 0)}</td>
              <td className="num" data-level={line.waiting && !line.ready ? 'bad' : undefined}>
                {count(line.ready ?? 0)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <More shown={lines.length} count={now.count} />
    </>
  );
}

function More({ shown, count: all = 0 }: { shown: number; count: number | undefined }) {
  const { t } = useTranslation();
  return all > shown ? <p className={css.more}>{t('dashboards.more', { count: all - shown })}</p> : null;
}

function States({ now }: { now: TileNow }) {
  const { t } = useTranslation();
  const counts = new Map(now.states as [AgentState, number][] | undefined);
  const there = BY_ATTENTION.filter((state) => counts.get(state));
  if (!there.length) return <Nothing icon={<EyeOff />}>{t('dashboards.no_agents')}</Nothing>;
  return (
    <div className={css.states}>
      <span className={css.stack} aria-hidden>
        {there.map((state) => (
          <i key={state} data-state={state} style={{ flexGrow: counts.get(state)! }} />
        ))}
      </span>
      <ul style={{ '--lines': there.length } as CSSProperties}>
        {there.map((state) => (
          <li key={state}>
            <i data-state={state} aria-hidden />
            <span>{t(`common.state.${state}`)}</span>
            <b className="num">{count(counts.get(state))}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Waiting({ now }: { now: TileNow }) {
  const { t } = useTranslation();
  const lines = now.waiting ?? [];
  if (!lines.length) return <Nothing icon={<PhoneIncoming />}>{t('dashboards.nobody_waits')}</Nothing>;
  return (
    <>
      <ol className={css.lines}>
        {lines.map((line) => (
          <li key={line.id}>
            <span className="num">{line.number_masked || t('dashboards.no_number')}</span>
            <small>
              {line.queue_name}
              {line.is_callback ? ` · ${t('dashboards.callback')}` : ''}
            </small>
            <b>
              <Elapsed since={line.since_ms} />
            </b>
          </li>
        ))}
      </ol>
      <More shown={lines.length} count={now.count} />
    </>
  );
}

function Bars({ tile, now }: { tile: Tile; now: TileNow }) {
  const lines = now.queues ?? [];
  useSeconds(lines.some((line) => line.since_ms));
  const unit = (now.unit ?? 'count') as FigureUnit;
  const valueIn = (line: QueueLine) => (line.since_ms ? since(line.since_ms) : line.value);
  const largest = unit === 'share' ? 1 : Math.max(1, tile.bad ?? 0, ...lines.map((it) => valueIn(it) ?? 0));
  return (
    <>
      <ul className={css.bars} style={{ '--lines': lines.length } as CSSProperties}>
        {lines.map((line) => {
          const value = valueIn(line);
          return (
            <li key={line.id} data-level={levelOf(value, tile)}>
              <span>{line.name}</span>
              <i aria-hidden>
                <em style={{ transform: `scaleX(${Math.min(1, (value ?? 0) / largest)})` }} />
              </i>
              <b className="num">{figureText(value, unit)}</b>
            </li>
          );
        })}
      </ul>
      <More shown={lines.length} count={now.count} />
    </>
  );
}

function Alerts({ now }: { now: TileNow }) {
  const { t } = useTranslation();
  const lines = now.alerts ?? [];
  if (!lines.length) return <Nothing icon={<BellOff />}>{t('dashboards.all_well')}</Nothing>;
  return (
    <>
      <ol className={css.lines}>
        {lines.map((line) => (
          <li key={line.id} data-severity={line.severity}>
            <span>
              <i aria-hidden />
              <span className="visually-hidden">{t(`dashboards.severity.${line.severity}`)} </span>
              {line.name}
            </span>
            <small>
              {line.place || t('dashboards.centre')} · {figureText(line.value, line.unit)}
            </small>
            <b>
              <Elapsed since={line.since_ms} />
            </b>
          </li>
        ))}
      </ol>
      <More shown={lines.length} count={now.count} />
    </>
  );
}

function ClockTile({ tile }: { tile: Tile }) {
  useSeconds(true);
  const at = serverNow();
  const own = tile.zone ? { timeZone: tile.zone } : { timeZone: formatZone() };
  const time = tile.zone
    ? new Intl.DateTimeFormat(formatLanguage(), { ...own, hour: '2-digit', minute: '2-digit' }).format(at)
    : clock(at);
  const day = new Intl.DateTimeFormat(formatLanguage(), {
    ...own,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
  }).format(at);
  return (
    <div className={css.tile} data-kind="clock">
      <div className={css.clock}>
        <time className="num">{time}</time>
        <small>{tile.title || day}</small>
      </div>
    </div>
  );
}
