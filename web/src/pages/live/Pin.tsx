import { Button } from '@mantine/core';
import { Pin, PinOff } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '~/api/session';
import { announce } from '~/ui/announce';

type Kind = 'queue' | 'agent';
const MOST: Record<Kind, number> = { queue: 100, agent: 200 };

/** Who and what stands first on this person's board; kept by the server, so it is the same in each browser. */
export function usePins(): {
  queues: ReadonlySet<number>;
  agents: ReadonlySet<number>;
  toggle: (kind: Kind, id: number) => boolean;
} {
  const [{ pinned_queue_ids, pinned_agent_ids }, change] = usePreferences();
  const queues = useMemo(() => new Set(pinned_queue_ids), [pinned_queue_ids]);
  const agents = useMemo(() => new Set(pinned_agent_ids), [pinned_agent_ids]);
  const toggle = useCallback(
    (kind: Kind, id: number) => {
      const before = [...(kind === 'queue' ? queues : agents)];
      const isPinned = before.includes(id);
      const next = isPinned ? before.filter((one) => one !== id) : [...before, id].slice(-MOST[kind]);
      change(kind === 'queue' ? { pinned_queue_ids: next } : { pinned_agent_ids: next });
      return !isPinned;
    },
    [queues, agents, change],
  );
  return { queues, agents, toggle };
}

/** Pins to the top, or lets go. */
export function PinButton({ kind, id, name }: { kind: Kind; id: number; name: string }) {
  const { t } = useTranslation();
  const { queues, agents, toggle } = usePins();
  const isPinned = (kind === 'queue' ? queues : agents).has(id);
  const Icon = isPinned ? PinOff : Pin;
  return (
    <Button
      size="xs"
      variant="default"
      aria-pressed={isPinned}
      leftSection={<Icon size={15} aria-hidden />}
      onClick={() =>
        announce(t(toggle(kind, id) ? 'supervision.pin.on_said' : 'supervision.pin.off_said', { name }))
      }
    >
      {t(isPinned ? 'supervision.pin.off' : 'supervision.pin.on')}
    </Button>
  );
}
