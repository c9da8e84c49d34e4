import { useTranslation } from 'react-i18next';
import type { PhaseRow } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { serverNow } from '~/lib/clock';
import { clockSeconds, duration } from '~/lib/format';
import css from './Interactions.module.css';

/** A phase must be at least this part of the whole to have its length written in it. */
const LABEL_FROM = 0.09;

/** Phases drawn to scale, and the same as a list. */
export function TimeLine({ phases }: { phases: readonly PhaseRow[] }) {
  const { t } = useTranslation();
  const shown = phases.filter((it) => it.phase !== 'ended');
  const first = shown[0];
  if (!first) return <p className={css.hint}>{t('interactions.no_phases')}</p>;
  const now = serverNow();
  const seconds = (it: PhaseRow) =>
    Math.max(0, ((it.stop ? Date.parse(it.stop) : now) - Date.parse(it.start)) / 1000);
  const whole = shown.reduce((sum, it) => sum + seconds(it), 0);
  const word = (it: PhaseRow) => textOf(`interactions.phase.${it.phase}`) ?? it.phase;
  const last = shown[shown.length - 1]!;
  return (
    <div className={css.timeLine}>
      <div
        className={css.bar}
        role="img"
        aria-label={shown.map((it) => `${word(it)} ${duration(seconds(it))}`).join(', ')}
      >
        {shown.map((it) => (
          <i
            key={`${it.start} ${it.phase}`}
            data-phase={it.phase}
            style={{ flexGrow: Math.max(seconds(it), whole / 200) }}
            title={`${word(it)}: ${duration(seconds(it))}`}
          >
            {whole > 0 && seconds(it) / whole >= LABEL_FROM ? duration(seconds(it)) : null}
          </i>
        ))}
      </div>
      <div className={css.ends} aria-hidden>
        <span className="num">{clockSeconds(first.start)}</span>
        <span className="num">{last.stop ? clockSeconds(last.stop) : t('interactions.now')}</span>
      </div>
      <ol className={css.phases}>
        {shown.map((it) => (
          <li key={`${it.start} ${it.phase}`}>
            <span className="num muted">{clockSeconds(it.start)}</span>
            <i data-phase={it.phase} aria-hidden />
            <span>
              {word(it)}
              {it.owner_name ? <span className="muted"> · {it.owner_name}</span> : null}
            </span>
            <span className="num">{it.stop ? duration(seconds(it)) : `${duration(seconds(it))}…`}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
