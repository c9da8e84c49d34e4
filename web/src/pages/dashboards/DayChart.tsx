import { useTranslation } from 'react-i18next';
import { clock, count, share } from '~/lib/format';
import type { DayPoint, TileNow } from './feed';
import type { Tile } from './layout';
import css from './Tiles.module.css';

const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 4 * QUARTER_MS;
/** Fewer quarters than this make no line: the day is drawn from a little earlier. */
const LEAST = 12;
const AT = { offered: 1, answered: 2, abandoned: 3, service_level: 4 } as const;
type Series = keyof typeof AT;
const COUNTED = ['offered', 'answered', 'abandoned'] as const;

/** The day by quarters of an hour: counts on the left, the service level on the right. */
export function DayChart({ tile, now }: { tile: Tile; now: TileNow }) {
  const { t } = useTranslation();
  const points = shownOf(now.points ?? []);
  const wanted = new Set<Series>(tile.series as Series[]);
  if (!points.length) return <p className={css.nothing}>{t('dashboards.no_calls')}</p>;
  const largest = Math.max(4, ...points.flatMap((point) => COUNTED.map((one) => point[AT[one]])));
  const top = niceTop(largest);
  const x = (index: number) => (points.length < 2 ? 50 : (index / (points.length - 1)) * 100);
  const y = (value: number) => 100 - (value / top) * 100;
  const last = points.at(-1)!;
  const said = t('dashboards.day_said', {
    offered: sum(points, 1),
    answered: sum(points, 2),
    abandoned: sum(points, 3),
  });
  const hasLevel = wanted.has('service_level');
  return (
    <div className={css.day}>
      <ul className={css.legend}>
        {(Object.keys(AT) as Series[])
          .filter((one) => wanted.has(one))
          .map((one) => (
            <li key={one} data-series={one}>
              <i aria-hidden />
              {t(`dashboards.series.${one}`)}{' '}
              <b className="num">{one === 'service_level' ? share(now.value) : sum(points, AT[one])}</b>
            </li>
          ))}
      </ul>
      <div className={css.plot}>
        <span className={`num ${css.scale}`} aria-hidden>
          <i>{count(top)}</i>
          <i>{count(top / 2)}</i>
          <i>0</i>
        </span>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={said}>
          {[0, 50, 100].map((line) => (
            <line key={line} x1="0" x2="100" y1={line} y2={line} className={css.gridline} />
          ))}
          {hasLevel && now.target !== undefined ? (
            <line
              x1="0"
              x2="100"
              y1={100 - now.target * 100}
              y2={100 - now.target * 100}
              className={css.goal}
            />
          ) : null}
          {COUNTED.filter((one) => wanted.has(one)).map((one) => (
            <polyline
              key={one}
              data-series={one}
              className={css.line}
              points={points.map((point, index) => `${x(index)},${y(point[AT[one]])}`).join(' ')}
            />
          ))}
          {hasLevel
            ? runsOf(points).map((run) => (
                <polyline
                  key={run[0]![0]}
                  data-series="service_level"
                  className={css.line}
                  points={run.map(([index, level]) => `${x(index)},${100 - level * 100}`).join(' ')}
                />
              ))
            : null}
        </svg>
        {hasLevel ? (
          <span className={`num ${css.scale}`} data-right aria-hidden>
            <i>{share(1)}</i>
            <i>{share(0.5)}</i>
            <i>{share(0)}</i>
          </span>
        ) : null}
      </div>
      <p className={`num ${css.hours}`} aria-hidden>
        {hours(points).map(([index, at]) => (
          <i key={at} style={{ left: `${x(index)}%` }}>
            {clock(at)}
          </i>
        ))}
      </p>
      <span className="visually-hidden">{clock(last[0])}</span>
    </div>
  );
}

/** From the first call of the day on; nothing before a call came. */
export function shownOf(points: readonly DayPoint[]): readonly DayPoint[] {
  const first = points.findIndex((point) => point[1] > 0);
  if (first < 0) return [];
  return points.slice(Math.max(0, Math.min(first, points.length - LEAST)));
}

/** A top that halves into whole numbers. */
export function niceTop(largest: number): number {
  const step = 10 ** Math.floor(Math.log10(largest));
  const found = [1, 2, 4, 6, 8, 10].map((times) => times * step).find((one) => one >= largest) ?? largest;
  return Math.max(found, 2);
}

/** Unbroken pieces of the service level: where nobody was offered there is no figure, and no line. */
export function runsOf(points: readonly DayPoint[]): [number, number][][] {
  const runs: [number, number][][] = [];
  let run: [number, number][] = [];
  points.forEach((point, index) => {
    if (point[4] === null) {
      run = [];
      return;
    }
    if (!run.length) runs.push(run);
    run.push([index, point[4]]);
  });
  // One quarter alone is a short stroke, or it would not be seen.
  return runs.map((one) => (one.length > 1 ? one : [one[0]!, [one[0]![0] + 0.35, one[0]![1]]]));
}

const sum = (points: readonly DayPoint[], at: 1 | 2 | 3): string =>
  count(points.reduce((total, point) => total + point[at], 0));

/** Six to eight marks at whole hours. */
function hours(points: readonly DayPoint[]): [number, number][] {
  const step = Math.max(1, Math.ceil(points.length / 4 / 7)) * HOUR_MS;
  return points.flatMap((point, index): [number, number][] =>
    point[0] % step === 0 ? [[index, point[0]]] : [],
  );
}
