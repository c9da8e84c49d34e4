import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { Phone, Users, Video } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { withWords } from '~/i18n';
import { takeDialLink } from '~/lib/dialLink';
import { keyLabel } from '~/lib/keys';
import { dialable } from '~/lib/number';
import { IncomingCall, Where, Who } from '~/phone/CallCard';
import card from '~/phone/CallCard.module.css';
import { CurrentCall } from '~/phone/CurrentCall';
import { usePhone } from '~/phone/PhoneProvider';
import { openTargets } from '~/phone/Targets';
import { useDeskActions } from '~/phone/useDeskActions';
import { useKeys } from '~/phone/useKeys';
import { Countdown } from '~/ui/Elapsed';
import { PhoneField } from '~/ui/PhoneField';
import css from './Desk.module.css';
import { Later } from './Later';
import type { Subject } from './subject';

const InviteDialog = lazy(async () => (await Promise.all([import('./InviteDialog'), withWords('video')]))[0]);

/** The top left of the desk: what is on the line now, or the field to dial from. */
export function PhonePanel({ subject }: { subject: Subject | null }) {
  const { t } = useTranslation();
  const actions = useDeskActions();
  const { state } = usePhone();
  const desk = actions.desk;
  const phase = desk?.interaction?.phase;
  const call = desk?.supervision ? null : state.call;
  // The phone may be faster than the feed by a moment, or the feed be lost: a ringing phone must show itself.
  // What the agent offers to a colleague himself rings there, not here.
  const isOffered = phase === 'offered' && desk?.interaction?.role !== 'caller';
  const rings = isOffered || (!phase && call?.phase === 'ringing' && !call.automatic);
  const inCall = phase ? !isOffered && phase !== 'wrap_up' && phase !== 'ended' : Boolean(call);
  if (rings) return <IncomingCall />;
  if (inCall && !(desk?.wrap_up && !call)) return <CurrentCall />;
  if (desk?.wrap_up) {
    return (
      <section className={card.card} data-phase="wrap_up" aria-label={t('common.state.wrap_up')}>
        <div className={card.head}>
          <div>
            <Where interaction={subject?.interaction ?? null} word={t('common.state.wrap_up')} />
            <Who interaction={subject?.interaction ?? null} />
          </div>
          <Countdown until={desk.wrap_up.deadline_ms} className={card.timer} />
        </div>
      </section>
    );
  }
  return <DialField />;
}

function DialField() {
  const { t } = useTranslation();
  const actions = useDeskActions();
  // A link on another page fills the field; whether it is dialled, the agent says.
  const [number, setNumber] = useState(takeDialLink);
  const ready = dialable(number).length >= 2;
  if (!actions.can('dial')) {
    return actions.can('call_colleague') ? (
      <CallColleague wide />
    ) : (
      <p className={css.idle}>{t('desk.idle.no_dial')}</p>
    );
  }
  return (
    <form
      className={css.dial}
      data-dial
      onSubmit={(e) => {
        e.preventDefault();
        if (!ready) return;
        void actions.dial(number.trim()).then((done) => done && setNumber(''));
      }}
    >
      <PhoneField
        value={number}
        onChange={setNumber}
        placeholder={t('phone.dial_placeholder')}
        aria-label={t('phone.dial_label')}
        maxLength={64}
      />
      <Button
        type="submit"
        px={12}
        disabled={!ready}
        loading={actions.pending === 'dial'}
        leftSection={<Phone size={16} aria-hidden />}
        className={css.call}
      >
        {t('phone.dial')}
      </Button>
      <div className={css.dialMore}>
        <CallColleague wide />
        <Later isSmall whom={ready ? { number: number.trim(), queueId: null } : null} />
        <Invite />
      </div>
    </form>
  );
}

/** A customer may be seen: a link is sent to him. Only a browser can show him. */
function Invite() {
  const { t } = useTranslation();
  const { kind } = usePhone();
  const [isOpen, setOpen] = useState(false);
  if (kind !== 'browser') return null;
  return (
    <>
      <Tooltip label={t('desk.invite')}>
        <ActionIcon variant="default" size={34} aria-label={t('desk.invite')} onClick={() => setOpen(true)}>
          <Video size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      {isOpen ? (
        <Suspense fallback={null}>
          <InviteDialog onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

function CallColleague({ wide }: { wide?: boolean }) {
  const { t } = useTranslation();
  const actions = useDeskActions();
  const keys = useKeys();
  const label = t('transfer.title_colleague');
  const props = {
    disabled: !actions.can('call_colleague'),
    onClick: () => openTargets('colleague'),
  };
  return (
    <Tooltip label={wide ? keyLabel(keys.colleague) : `${label}   ${keyLabel(keys.colleague)}`}>
      {wide ? (
        <Button variant="default" fullWidth leftSection={<Users size={16} aria-hidden />} {...props}>
          {label}
        </Button>
      ) : (
        <ActionIcon variant="default" size={34} aria-label={label} {...props}>
          <Users size={16} aria-hidden />
        </ActionIcon>
      )}
    </Tooltip>
  );
}
