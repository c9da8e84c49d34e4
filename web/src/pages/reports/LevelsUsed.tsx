import { useTranslation } from 'react-i18next';
import type { LevelUsed } from '~/api/gen/types.gen';
import { dayText } from '~/lib/dayText';
import { duration, share } from '~/lib/format';
import css from './Reports.module.css';

interface Counted {
  levels?: readonly LevelUsed[];
  is_joined?: boolean;
}

/** In the words on a service level: the rules behind it by queue, and since when; nothing where none were set. */
export const levelsUsed = (of: Counted | undefined) =>
  of?.levels?.length ? <LevelsUsed levels={of.levels} /> : null;

function LevelsUsed({ levels }: { levels: readonly LevelUsed[] }) {
  const { t } = useTranslation();
  return (
    <>
      <dt>{t('reports.levels.title')}</dt>
      {levels.map((it) => (
        <dd key={`${it.queue_id}:${it.since}`}>
          {it.queue || t('reports.levels.site')}
          {', '}
          {it.since ? t('reports.levels.since', { day: dayText(it.since) }) : t('reports.levels.own')}
          {': '}
          {t('reports.levels.rules', {
            formula: it.formula,
            time: duration(it.threshold_seconds),
            share: share(it.target),
            short: duration(it.short_abandon_seconds),
          })}
        </dd>
      ))}
    </>
  );
}

/** One sentence where a number joins several definitions. */
export function LevelsJoined({ of }: { of: Counted }) {
  const { t } = useTranslation();
  return of.is_joined ? <p className={css.joined}>{t('reports.levels.joined')}</p> : null;
}
