import { useTranslation } from 'react-i18next';
import type { OfferRow, WhyOffer } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { clockSeconds, duration } from '~/lib/format';
import { Chip, type Tone } from '~/ui/Chip';
import css from './Interactions.module.css';

const TONE: Record<string, Tone> = {
  accepted: 'ok',
  open: 'info',
  declined: 'bad',
  expired: 'bad',
  device_failed: 'bad',
  customer_left: 'warn',
  superseded: 'mute',
};

/** To whom it was offered, in order, and why to him. */
export function Offers({ offers }: { offers: readonly OfferRow[] }) {
  const { t } = useTranslation();
  return (
    <ol className={css.offers}>
      {offers.map((offer) => (
        <li key={offer.offer_id}>
          <div className={css.offerHead}>
            <span className="num muted">{clockSeconds(offer.offered_at)}</span>
            <b>{offer.agent_name}</b>
            <Chip tone={TONE[offer.outcome] ?? 'mute'}>
              {textOf(`interactions.offer.${offer.outcome}`) ?? offer.outcome}
            </Chip>
            {offer.ended_at ? (
              <span className="num muted">
                {t('interactions.rang', {
                  time: duration((Date.parse(offer.ended_at) - Date.parse(offer.offered_at)) / 1000),
                })}
              </span>
            ) : null}
          </div>
          <Why why={offer.why} />
        </li>
      ))}
    </ol>
  );
}

/** Rules that leave agents out; the others say who comes first. */
export const LEAVING_OUT = [
  'signed_in',
  'eligible_by_skill',
  'ready',
  'device_reachable',
  'has_capacity',
  'rested',
  'reserved',
  'cool_down',
] as const;
const leavesOut = (rule: string) => (LEAVING_OUT as readonly string[]).includes(rule);

/** The rules as sentences: what put this customer first, who was left out, why this agent of the rest. */
export function whyLines(why: WhyOffer): string[] {
  const said = (rule: string) => {
    const count = why.counts[rule] ?? 0;
    return textOf(`interactions.why.${rule}`, { count }) ?? (count ? `${rule}: ${count}` : rule);
  };
  return why.rules.filter((rule) => !leavesOut(rule)).map(said);
}

function Why({ why }: { why: WhyOffer }) {
  const { t } = useTranslation();
  return (
    <div className={css.why}>
      {whyLines(why).map((line) => (
        <p key={line}>{line}</p>
      ))}
      <LeftOut counts={why.counts} />
      {why.passed_over.length ? (
        <p>
          {t('interactions.passed_over')}{' '}
          {why.passed_over
            .map((it) => `${it.agent_name} (${textOf(`interactions.passed.${it.rule}`) ?? it.rule})`)
            .join(', ')}
        </p>
      ) : null}
    </div>
  );
}

export function LeftOut({ counts }: { counts: Readonly<Record<string, number>> }) {
  const { t } = useTranslation();
  const found = LEAVING_OUT.filter((rule) => counts[rule]);
  if (!found.length) return null;
  return (
    <p className={css.leftOut}>
      <span>{t('interactions.left_out')}</span>
      {found.map((rule) => (
        <Chip key={rule} tone="mute">
          {t(`interactions.out.${rule}`, { count: counts[rule] ?? 0 })}
        </Chip>
      ))}
    </p>
  );
}
