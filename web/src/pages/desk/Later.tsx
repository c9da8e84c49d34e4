import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { CalendarClock } from 'lucide-react';
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { withWords } from '~/i18n';
import { actionOf, keyLabel } from '~/lib/keys';
import type { Whom } from '~/phone/callbacks/LaterDialog';
import { useKeys } from '~/phone/useKeys';

const LaterDialog = lazy(
  async () => (await Promise.all([import('~/phone/callbacks/LaterDialog'), withWords('callbacks')]))[0],
);

/** In the talk, after it, and beside a typed number: a call for later is arranged. */
export function Later({ whom, isSmall = false }: { whom: Whom | null; isSmall?: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Whom | null>(null);
  const before = useRef<Element | null>(null);
  const show = useCallback(() => {
    before.current = document.activeElement;
    setOpen(whom);
  }, [whom]);
  const close = () => {
    setOpen(null);
    // Back to where one was typing, once the dialog is gone.
    setTimeout(() => (before.current as HTMLElement | null)?.focus?.(), 0);
  };
  const keys = useKeys();
  const label = t('desk.lists.later');
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!whom || event.defaultPrevented || actionOf(keys, event) !== 'later') return;
      event.preventDefault();
      show();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [keys, whom, show]);
  const icon = <CalendarClock size={16} aria-hidden />;
  return (
    <>
      {isSmall ? (
        <Tooltip label={`${label}   ${keyLabel(keys.later)}`}>
          <ActionIcon variant="default" size={34} aria-label={label} disabled={!whom} onClick={show}>
            {icon}
          </ActionIcon>
        </Tooltip>
      ) : (
        <Tooltip label={keyLabel(keys.later)}>
          <Button variant="default" size="xs" leftSection={icon} disabled={!whom} onClick={show}>
            {label}
          </Button>
        </Tooltip>
      )}
      {open ? (
        <Suspense fallback={null}>
          <LaterDialog whom={open} onClose={close} />
        </Suspense>
      ) : null}
    </>
  );
}
