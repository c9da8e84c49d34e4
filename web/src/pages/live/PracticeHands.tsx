import { Button } from '@mantine/core';
import { GraduationCap } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { PracticeRow } from '~/api/gen';
import { useCan } from '~/api/session';
import { clock } from '~/lib/format';
import { practises } from '~/live/practice';
import type { LiveAgent } from '~/live/types';
import { announce } from '~/ui/announce';
import { PracticeResult } from '~/ui/PracticeResult';
import { toast } from '~/ui/toast';
import css from './Live.module.css';

const MINUTES = 60;

/** A newcomer practises with robots: begin, end, and what he did. */
export function PracticeHands({ agent }: { agent: LiveAgent }) {
  const { t } = useTranslation();
  const mayDirect = useCan('direct.agents');
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [shown, setShown] = useState<PracticeRow | null>(null);
  if (!mayDirect) return null;
  const path = `/api/v1/agents/${agent.id}/practice`;
  const isOn = practises(agent);
  const run = async (ask: () => Promise<PracticeRow>, said?: string) => {
    setPending(true);
    setRefusal(null);
    try {
      const found = await ask();
      if (said) {
        announce(said);
        toast(said);
      } else setShown(found);
    } catch (error) {
      setRefusal(problemText(error));
    } finally {
      setPending(false);
    }
  };
  return (
    <div className={css.inHand}>
      <div className={css.assignFoot}>
        {isOn ? (
          <Button
            variant="default"
            size="xs"
            loading={pending}
            onClick={() => void run(() => post<PracticeRow>(`${path}/end`), t('team.practice.ended'))}
          >
            {t('team.practice.end')}
          </Button>
        ) : (
          <Button
            variant="default"
            size="xs"
            loading={pending}
            leftSection={<GraduationCap size={15} aria-hidden />}
            onClick={() =>
              void run(
                () => post<PracticeRow>(path, { minutes: MINUTES }),
                t('team.practice.started', { name: agent.name }),
              )
            }
          >
            {t('team.practice.start')}
          </Button>
        )}
        <Button
          variant="subtle"
          size="xs"
          loading={pending}
          onClick={() => void run(() => get<PracticeRow>(path))}
        >
          {t('team.practice.result')}
        </Button>
      </div>
      {isOn && agent.loan_until_ms ? (
        <p className="muted">{t('team.practice.until', { time: clock(agent.loan_until_ms) })}</p>
      ) : null}
      {refusal ? (
        <p className={css.assignHint} role="alert" data-refusal>
          {refusal}
        </p>
      ) : null}
      {shown ? <PracticeResult practice={shown} onClose={() => setShown(null)} /> : null}
    </div>
  );
}
