import { Button } from '@mantine/core';
import { Coffee } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { duration } from '~/lib/format';
import type { LiveAgent } from '~/live/types';
import { Banner } from '~/ui/Notice';

/** A break is proposed, calmly: it can be put aside, and comes back only with a new reason. */
export function GuardHint({ agent }: { agent: LiveAgent | null | undefined }) {
  const { t } = useTranslation();
  const [read, setRead] = useState('');
  const guard = agent?.guard;
  const reason = `${guard} ${agent?.guard_handled} ${agent?.guard_streak_ms}`;
  if (!guard || read === reason) return null;
  return (
    <Banner
      tone="info"
      icon={Coffee}
      action={
        <Button size="compact-sm" variant="subtle" onClick={() => setRead(reason)}>
          {t('desk.guard.read')}
        </Button>
      }
    >
      {t(`desk.guard.${guard}`, {
        count: agent.guard_handled ?? 0,
        time: duration((agent.guard_streak_ms ?? 0) / 1000),
      })}
    </Banner>
  );
}
