import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useLiveSocket } from '~/live/LiveProvider';
import type { DeskInteraction, LiveLink } from '~/live/types';
import { announce } from '~/ui/announce';
import { LinkLine } from '~/ui/LinkLine';
import css from './LinkSign.module.css';
import { rememberLink } from './lastLink';
import { type Counts, readStats, reportBetween } from './linkStats';
import { usePhone } from './PhoneProvider';

const LOOK_MS = 5000;

/** The tab that has the call measures it and tells the server, which says how good it is to everyone alike. */
function useMeasuring(): void {
  const { engine, state } = usePhone();
  const socket = useLiveSocket();
  const isOn = state.here && state.call?.phase === 'active';
  const id = state.call?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another call is measured from its own beginning
  useEffect(() => {
    if (!isOn || !socket) return undefined;
    let before: Counts | null = null;
    let over = false;
    const look = async () => {
      const connection = engine.connection();
      const now = connection ? await readStats(connection).catch(() => null) : null;
      if (over || !now) return;
      const report = before ? reportBetween(before, now) : null;
      before = now;
      if (report) socket.tell(report);
    };
    void look();
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [isOn, id, engine, socket]);
}

/** The side that needs a word: one's own first, since there something can be done. */
function worse(it: DeskInteraction): { side: 'agent' | 'customer'; link: LiveLink } | null {
  if (it.agent_link && it.agent_link.grade === 'bad') return { side: 'agent', link: it.agent_link };
  if (it.customer_link && it.customer_link.grade === 'bad')
    return { side: 'customer', link: it.customer_link };
  return null;
}

/** How good the talk can be heard. Calm while it is good; when it is not, what to do. */
export default function LinkSign({ interaction }: { interaction: DeskInteraction }) {
  const { t } = useTranslation();
  useMeasuring();
  const { agent_link, customer_link } = interaction;
  const bad = worse(interaction);
  const told = useRef('');
  useEffect(() => {
    if (agent_link) rememberLink(agent_link);
  }, [agent_link]);
  const advice = bad ? t(`link.advice.${bad.side}.${bad.link.cause}`) : '';
  useEffect(() => {
    if (advice && told.current !== advice) announce(advice);
    told.current = advice;
  }, [advice]);
  if (!agent_link && !customer_link) return null;
  return (
    <div className={css.sign} data-bad={bad ? true : undefined} data-testid="link">
      {agent_link ? <LinkLine side="agent" link={agent_link} /> : null}
      {customer_link && interaction.direction !== 'internal' ? (
        <LinkLine side="customer" link={customer_link} />
      ) : null}
      {bad ? <p className={css.advice}>{advice}</p> : null}
    </div>
  );
}
