import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ExternalLink } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import type { ScreenPopNow, ScreenPopsNow } from '~/api/gen/types.gen';
import { readStored, writeStored } from '~/lib/storage';
import { useDesk } from '~/live/hooks';
import css from './ScreenPop.module.css';

const TAB = 'otklik-customer';
const KEPT = 20;
const RINGS = ['offered'];
const TALKS = ['connected', 'held', 'reconnecting', 'wrap_up'];

/** Opens a page of another system; false when the browser did not let us. The page learns nothing of ours. */
export function openPage(pop: Pick<ScreenPopNow, 'url' | 'reuses_tab'>): boolean {
  const tab = window.open('', pop.reuses_tab ? TAB : '_blank');
  if (!tab) return false;
  try {
    tab.opener = null;
  } catch {
    // A tab that shows a stranger's page already has none.
  }
  tab.location.replace(pop.url);
  return true;
}

/** Once for each customer and moment, whatever is reloaded. */
const isOpened = (key: string): boolean => readStored<string[]>('desk.popped', []).includes(key);
const noteOpened = (key: string): void =>
  void writeStored('desk.popped', [...readStored<string[]>('desk.popped', []), key].slice(-KEPT));

/** The customer's page in another system: opens by itself, and stays a link while he is here. */
export default function ScreenPop() {
  const { t } = useTranslation();
  const desk = useDesk();
  const interaction = desk?.interaction;
  const id = interaction && interaction.role !== 'caller' ? interaction.id : null;
  const phase = interaction?.phase ?? '';
  const [blocked, setBlocked] = useState<string | null>(null);
  const { data } = useQuery({
    queryKey: ['screen-pops', id],
    queryFn: ({ signal }) => get<ScreenPopsNow>('/api/v1/desk/screen-pops', {}, signal),
    enabled: id !== null,
    staleTime: Number.POSITIVE_INFINITY,
    retry: 1,
  });
  const pops = data?.interaction_id === id ? (data?.pops ?? NONE) : NONE;
  const busy = useRef(false);
  useEffect(() => {
    if (!id || busy.current) return;
    for (const pop of pops) {
      const due = pop.moment === 'ring' ? [...RINGS, ...TALKS].includes(phase) : TALKS.includes(phase);
      const key = `${id} ${pop.moment}`;
      if (!due || isOpened(key)) continue;
      busy.current = true;
      // Noted first: a browser that forbids it is not asked again and again.
      noteOpened(key);
      setBlocked(openPage(pop) ? null : key);
      busy.current = false;
    }
  }, [id, phase, pops]);
  if (!id || !pops.length) return null;
  return (
    <div className={css.pops} data-blocked={blocked?.startsWith(id) || undefined}>
      {blocked?.startsWith(id) ? <span role="status">{t('desk.pop.blocked')}</span> : null}
      {pops.map((pop) => (
        <Button
          key={pop.moment}
          component="a"
          href={pop.url}
          target={pop.reuses_tab ? TAB : '_blank'}
          rel="noreferrer"
          size="compact-sm"
          variant="default"
          leftSection={<ExternalLink size={14} aria-hidden />}
        >
          {pop.name}
        </Button>
      ))}
    </div>
  );
}

const NONE: readonly ScreenPopNow[] = [];
