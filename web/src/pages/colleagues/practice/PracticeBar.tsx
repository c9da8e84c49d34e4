import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { GraduationCap } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { PracticeRow } from '~/api/gen';
import { clock } from '~/lib/format';
import { useDesk } from '~/live/hooks';
import { practises } from '~/live/practice';
import { Banner } from '~/ui/Notice';
import { PracticeResult } from '~/ui/PracticeResult';
import { toast } from '~/ui/toast';

const OWN = '/api/v1/practice/own';
const REFRESH_MS = 20_000;

/** Over every page while one practises: robots call, nothing counts; at the end, what was done. */
export function PracticeBar() {
  const { t } = useTranslation();
  const agent = useDesk()?.agent;
  const isOn = practises(agent);
  const [done, setDone] = useState<PracticeRow | null>(null);
  const [pending, setPending] = useState(false);
  // Asked again and again: whoever looks keeps the robots at work after the server was started anew.
  useQuery({
    queryKey: ['practice', 'own'],
    queryFn: ({ signal }) => get<PracticeRow>(OWN, {}, signal),
    refetchInterval: REFRESH_MS,
    enabled: isOn,
  });
  const was = useRef(isOn);
  const known = agent !== null && agent !== undefined;
  useEffect(() => {
    if (!known) return;
    if (was.current && !isOn) void get<PracticeRow>(OWN).then(setDone, () => undefined);
    was.current = isOn;
  }, [isOn, known]);
  const end = async () => {
    setPending(true);
    try {
      await post<PracticeRow>(`${OWN}/end`);
    } catch (problem) {
      toast(problemText(problem), 'bad');
    } finally {
      setPending(false);
    }
  };
  return (
    <>
      {isOn ? (
        <div data-testid="practice">
          <Banner
            tone="warn"
            icon={GraduationCap}
            action={
              <Button size="xs" variant="default" loading={pending} onClick={() => void end()}>
                {t('team.practice.end')}
              </Button>
            }
          >
            <b>{t('team.practice.title')}</b>{' '}
            {t('team.practice.bar', { time: agent?.loan_until_ms ? clock(agent.loan_until_ms) : '' })}
          </Banner>
        </div>
      ) : null}
      {done ? <PracticeResult practice={done} onClose={() => setDone(null)} /> : null}
    </>
  );
}
