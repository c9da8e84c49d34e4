import { useTranslation } from 'react-i18next';
import type { AnswerRow, InteractionDetail } from '~/api/gen/types.gen';
import { dayTime } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import css from './Interactions.module.css';
import { Part } from './Part';

const MOST = { nps: 10, csat: 5 } as const;
const TONE = { promoter: 'ok', passive: 'mute', detractor: 'bad' } as const;

/** What the customer said of it when he was asked. */
export function AnswersPart({ it }: { it: InteractionDetail }) {
  const { t } = useTranslation();
  if (!it.answers.length) return null;
  const said = ({ kind, answer }: AnswerRow) =>
    kind === 'fcr'
      ? t(answer ? 'interactions.answer.yes' : 'interactions.answer.no')
      : t('interactions.answer.of', { answer, most: MOST[kind] });
  return (
    <Part title={t('interactions.answers')}>
      <ul className={css.answers}>
        {it.answers.map((one) => (
          <li key={`${one.survey}/${one.kind}/${one.answered_at}`}>
            <b className="num">{said(one)}</b>
            <span className="muted">{t(`interactions.answer.${one.kind}`)}</span>
            {one.band ? <Chip tone={TONE[one.band]}>{t(`lists.nps.${one.band}`)}</Chip> : null}
            <span className="muted">{[one.survey, dayTime(one.answered_at)].join(' · ')}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
