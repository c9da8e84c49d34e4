import { useTranslation } from 'react-i18next';
import type { EventRow } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { clockSeconds } from '~/lib/format';
import css from './Interactions.module.css';

const LONGEST = 90;

/** Facts that fit a line: no pictures of sound, no whole flows, no number that the browser cannot hold exactly. */
function factsText(facts: EventRow['facts']): string {
  return Object.entries(facts)
    .flatMap(([name, value]) => {
      if (value === null || value === '' || value === 0 || value === false) return [];
      if (typeof value === 'number' && !Number.isSafeInteger(value) && Number.isInteger(value)) return [];
      const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
      return text.length > LONGEST ? [] : [`${name}: ${text}`];
    })
    .join(', ');
}

/** What the journal holds of it, for the curious. */
export function Events({ events }: { events: readonly EventRow[] }) {
  const { t } = useTranslation();
  return (
    <details className={css.more}>
      <summary>{t('interactions.events', { count: events.length })}</summary>
      <ol className={css.events}>
        {events.map((event) => (
          <li key={event.seq}>
            <span className="num muted" title={event.seq}>
              {clockSeconds(event.at)}
            </span>
            <span title={event.type}>{textOf(`interactions.event.${event.type}`) ?? event.type}</span>
            <span className="muted">{factsText(event.facts)}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}
