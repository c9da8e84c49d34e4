import { Button, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Phone, PhoneIncoming, PhoneOutgoing } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { InteractionDetail, SegmentLevel } from '~/api/gen/types.gen';
import { useCan, useMe } from '~/api/session';
import { textOf } from '~/i18n';
import { dayText } from '~/lib/dayText';
import { clockSeconds, day, duration } from '~/lib/format';
import { useDeskActions } from '~/phone/useDeskActions';
import { Chip } from '~/ui/Chip';
import { ErrorState, Loading } from '~/ui/Notice';
import { OutcomeChip } from '~/ui/OutcomeChip';
import { PhoneNumber } from '~/ui/PhoneNumber';
import { RecordingPlayer } from '~/ui/RecordingPlayer';
import { AnswersPart } from './AnswersPart';
import { CustomerPart } from './CustomerPart';
import { Events } from './Events';
import css from './Interactions.module.css';
import { LinksPart } from './LinksPart';
import { Offers } from './Offers';
import { OutcomePart } from './OutcomePart';
import { Fact, Part } from './Part';
import { TimeLine } from './TimeLine';
import { WhyWaiting } from './WhyWaiting';

const LIVE_MS = 3000;

/** Everything that is known of one interaction, in the order in which one asks for it. */
export function Detail({
  id,
  source = null,
  wide = false,
}: {
  id: string;
  /** The imported source that it is of; null: the own centre. */
  source?: string | null;
  wide?: boolean;
}) {
  const { data, error, refetch } = useQuery({
    queryKey: source ? ['interaction', id, source] : ['interaction', id],
    queryFn: ({ signal }) =>
      get<InteractionDetail>(
        `/api/v1/interactions/${encodeURIComponent(id)}`,
        source ? { source } : {},
        signal,
      ),
    // One that goes on changes as one looks; of one that ended the recording may still come.
    refetchInterval: ({ state }) =>
      source
        ? false
        : !state.data?.ended_at
          ? LIVE_MS
          : state.data.recordings.length === 0 && Date.now() - Date.parse(state.data.ended_at) < 120_000
            ? 2 * LIVE_MS
            : false,
  });
  if (error && !data) return <ErrorState text={problemText(error)} onRetry={() => void refetch()} />;
  if (!data) return <Loading rows={10} />;
  return <Shown key={id} it={data} isOwn={source === null} wide={wide} />;
}

/** isOwn: it came to this centre; what a log tells of another one has no recording and nobody to write to it. */
function Shown({ it, isOwn, wide }: { it: InteractionDetail; isOwn: boolean; wide: boolean }) {
  const { t } = useTranslation();
  const me = useMe();
  const seesCustomers = useCan('view.customers');
  const Icon = it.direction === 'outbound' ? PhoneOutgoing : PhoneIncoming;
  const last = it.segments[it.segments.length - 1];
  const phase = it.phases[it.phases.length - 1];
  const waits = isOwn && !it.ended_at && (phase?.phase === 'waiting' || phase?.phase === 'offered');
  const talk = it.segments.reduce((sum, one) => sum + one.talk_seconds, 0);
  const wait = it.segments.reduce((sum, one) => sum + one.wait_seconds, 0);
  return (
    <div className={css.detail} data-wide={wide || undefined}>
      <header className={css.head}>
        <span className={css.icon} data-direction={it.direction}>
          <Icon size={18} aria-label={t(`common.direction.${it.direction}`)} />
        </span>
        <div className={css.who}>
          <div className={css.number}>
            {it.customer_name ? <b>{it.customer_name}</b> : null}
            <PhoneNumber value={it.number} copy />
          </div>
          <div className={css.sub}>
            <span className="num">
              {day(it.started_at)}, {clockSeconds(it.started_at)}
            </span>
            {it.number_called ? <span>{t('interactions.called', { number: it.number_called })}</span> : null}
            {last?.queue_name ? <span>{last.queue_name}</span> : null}
            {last?.agent_name ? <span>{last.agent_name}</span> : null}
          </div>
        </div>
        <OutcomeChip outcome={it.outcome} />
      </header>
      <dl className={css.facts}>
        <Fact label={t('interactions.column.wait')}>{duration(wait)}</Fact>
        <Fact label={t('interactions.column.talk')}>{talk ? duration(talk) : '—'}</Fact>
        <Fact label={t('interactions.whole')}>
          {duration(
            ((it.ended_at ? Date.parse(it.ended_at) : Date.now()) - Date.parse(it.started_at)) / 1000,
          )}
        </Fact>
      </dl>
      {it.callback_of ? (
        <p className={css.note}>
          {t('interactions.callback_of')}{' '}
          <Link to={`/interactions/${it.callback_of}`}>{t('interactions.callback_of_link')}</Link>
        </p>
      ) : null}
      {isOwn && me.agent && it.number && it.ended_at ? (
        <CallBack it={it} queueId={last?.queue_id ?? null} />
      ) : null}
      {waits ? <WhyWaiting id={it.interaction_id} /> : null}

      <Part title={t('interactions.time_line')}>
        <TimeLine phases={it.phases} />
      </Part>
      {it.recordings.length ? (
        <Part title={t('interactions.recordings')}>
          {it.recordings.map((recording) => (
            <RecordingPlayer key={recording.segment_id} recording={recording} />
          ))}
        </Part>
      ) : null}
      {isOwn ? (
        <>
          <LinksPart it={it} />
          <AnswersPart it={it} />
          <OutcomePart it={it} queueId={last?.queue_id ?? null} />
        </>
      ) : null}
      {it.offers.length ? (
        <Part title={t('interactions.offers')} hint={isOwn ? t('interactions.offers_hint') : undefined}>
          <Offers offers={it.offers} />
        </Part>
      ) : null}
      {it.segments.length ? (
        <Part title={t('interactions.segments')}>
          <ul className={css.segments}>
            {it.segments.map((segment) => (
              <li key={segment.segment_id}>
                <div className={css.segmentHead}>
                  <b>{segment.queue_name || t('interactions.no_queue')}</b>
                  <span>{segment.agent_name || t('interactions.no_agent')}</span>
                  {segment.answered_at && segment.level ? (
                    <Judged in_sl={segment.in_sl} level={segment.level} />
                  ) : null}
                </div>
                <dl className={css.facts}>
                  {(['wait', 'ring', 'talk', 'hold', 'wrap_up'] as const).map((name) => (
                    <Fact key={name} label={t(`interactions.segment.${name}`)}>
                      {duration(segment[`${name}_seconds`])}
                    </Fact>
                  ))}
                </dl>
              </li>
            ))}
          </ul>
        </Part>
      ) : null}
      {isOwn && it.party_id && seesCustomers ? (
        <Part title={t('lists.customer')}>
          <CustomerPart partyId={it.party_id} interactionId={it.interaction_id} />
        </Part>
      ) : null}
      {it.legs.length || isOwn ? (
        <details className={css.more}>
          <summary>{t('interactions.legs', { count: it.legs.length })}</summary>
          <ul className={css.legs}>
            {it.legs.map((leg) => (
              <li key={leg.leg_id}>
                <b>{textOf(`interactions.leg.${leg.role}`) ?? leg.role}</b>
                <span className="num">
                  {clockSeconds(leg.started_at)} → {leg.up_at ? clockSeconds(leg.up_at) : '—'} →{' '}
                  {leg.over_at ? clockSeconds(leg.over_at) : '…'}
                </span>
                {leg.reason ? <span>{textOf(`common.end_reason.${leg.reason}`) ?? leg.reason}</span> : null}
                {leg.cause ? <span className="num">Q.850: {leg.cause}</span> : null}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
      <Events events={it.events} />
    </div>
  );
}

function CallBack({ it, queueId }: { it: InteractionDetail; queueId: number | null }) {
  const { t } = useTranslation();
  const actions = useDeskActions();
  const navigate = useNavigate();
  if (!actions.can('dial')) return null;
  return (
    <div>
      <Button
        size="compact-sm"
        variant="light"
        leftSection={<Phone size={14} aria-hidden />}
        loading={actions.pending === 'dial'}
        onClick={() =>
          void actions.dial(it.number, queueId).then((dialed) => {
            if (dialed) void navigate({ to: '/desk' });
          })
        }
      >
        {t('lists.call_back')}
      </Button>
    </div>
  );
}

/** Answered in time or not, and by which definition of the service level. */
function Judged({ in_sl, level }: { in_sl: boolean; level: SegmentLevel }) {
  const { t } = useTranslation();
  const way = level.since
    ? level.is_of_site
      ? 'site'
      : 'queue'
    : level.threshold_seconds === null
      ? 'own_unknown'
      : 'own';
  return (
    <Tooltip
      multiline
      w={280}
      events={{ hover: true, focus: true, touch: true }}
      label={t(`interactions.judged.${way}`, {
        formula: level.formula,
        time: duration(level.threshold_seconds),
        day: level.since ? dayText(level.since) : '',
      })}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse reads the definition too */}
      <span tabIndex={0}>
        <Chip tone={in_sl ? 'ok' : 'warn'}>{t(in_sl ? 'interactions.in_time' : 'interactions.late')}</Chip>
      </span>
    </Tooltip>
  );
}
