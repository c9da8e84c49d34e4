import { Button } from '@mantine/core';
import { MessageSquareWarning } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '~/api/session';
import css from './Live.module.css';

const NoticeDialog = lazy(() => import('./NoticeDialog'));

/** Opens what is said to teams. */
export function NoticeButton() {
  const { t } = useTranslation();
  const mayDirect = useCan('direct.agents');
  const [open, setOpen] = useState(false);
  if (!mayDirect) return null;
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<MessageSquareWarning size={15} aria-hidden />}
        className={css.wallLink}
        onClick={() => setOpen(true)}
      >
        {t('supervision.notice.title')}
      </Button>
      {open ? (
        <Suspense>
          <NoticeDialog onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
