import { Button } from '@mantine/core';
import { MicOff, PhoneMissed, VolumeX, WifiOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePublicFacts } from '~/api/session';
import { textOf } from '~/i18n';
import { clock } from '~/lib/format';
import { useBanners, useFreshness } from '~/live/hooks';
import { usePhone } from '~/phone/PhoneProvider';
import { unlockSound } from '~/phone/ringer';
import { useDeskActions } from '~/phone/useDeskActions';
import { Banner } from '~/ui/Notice';

/** What everyone must know: the link, a demonstration, and the server's own warnings for administrators. */
export function CommonBanners() {
  const { t } = useTranslation();
  const freshness = useFreshness();
  const items = useBanners();
  return (
    <>
      {freshness === 'reconnecting' ? (
        <Banner tone="warn" icon={WifiOff}>
          {t('shell.link.reconnecting')}
        </Banner>
      ) : null}
      {freshness === 'stale' ? (
        <Banner tone="bad" icon={WifiOff}>
          {t('shell.link.stale')}
        </Banner>
      ) : null}
      {items.map((item) => (
        <Banner key={`${item.code}${JSON.stringify(item.facts)}`} tone={item.level}>
          {textOf(`shell.banner.${item.code}`, item.facts) ?? t('shell.banner.other', { code: item.code })}
        </Banner>
      ))}
    </>
  );
}

const CAUSES = ['missed_offer', 'declined_offer', 'device_lost'] as const;
const PATIENCE_MS = 4000;

/** What an agent must not overlook: silently lost readiness is the next complaint after a missed call. */
export function AgentBanners() {
  const { t } = useTranslation();
  const actions = useDeskActions();
  const { state, kind } = usePhone();
  const { data: facts } = usePublicFacts();
  const agent = actions.desk?.agent;
  const cause = CAUSES.find((it) => agent?.state === 'not_ready' && agent.cause === it);
  const lineLost = useLasting(
    kind === 'browser' && (state.line === 'lost' || state.line === 'refused'),
    PATIENCE_MS,
  );
  const inCall = state.call?.phase === 'active';
  const signedIn = agent && agent.state !== 'signed_out';
  return (
    <>
      {cause && agent ? (
        <Banner
          tone="bad"
          icon={PhoneMissed}
          action={
            <Button size="xs" loading={actions.pending === 'ready'} onClick={() => void actions.ready()}>
              {t('common.state.ready')}
            </Button>
          }
        >
          {t(`shell.paused.${cause}`, { time: clock(agent.since_ms) })}
        </Banner>
      ) : null}
      {lineLost ? (
        <Banner tone="bad" icon={WifiOff}>
          {t(inCall ? 'phone.line_lost_in_call' : 'phone.line_lost')}
        </Banner>
      ) : null}
      {state.call?.media === 'lost' ? (
        <Banner tone="bad" icon={WifiOff}>
          {t('phone.media_lost')}
        </Banner>
      ) : null}
      {kind === 'browser' && signedIn && state.microphone !== 'ready' && state.microphone !== 'prompt' ? (
        <Banner tone="bad" icon={MicOff}>
          {t(`phone.health.microphone.${state.microphone}`)}
        </Banner>
      ) : null}
      {kind === 'browser' && agent?.state === 'ready' && state.here && !state.sound ? (
        <Banner
          tone="bad"
          icon={VolumeX}
          action={
            <Button size="xs" onClick={() => unlockSound()}>
              {t('phone.turn_on_sound')}
            </Button>
          }
        >
          {t('phone.sound_locked')}
        </Banner>
      ) : null}
      {kind === 'simulated' && facts?.is_demo ? (
        <Banner tone="info">{t('phone.simulated_demo')}</Banner>
      ) : null}
    </>
  );
}

/** True once it has been true for so long. */
function useLasting(value: boolean, ms: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!value) {
      setLasting(false);
      return undefined;
    }
    const timer = setTimeout(() => setLasting(true), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return lasting;
}
