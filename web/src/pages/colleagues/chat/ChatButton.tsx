import { ActionIcon, Drawer, Tooltip } from '@mantine/core';
import { MessagesSquare } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { actionOf, keyLabel } from '~/lib/keys';
import { readStored } from '~/lib/storage';
import { live } from '~/live/store';
import { chime } from '~/phone/ringer';
import { useKeys } from '~/phone/useKeys';
import { announce } from '~/ui/announce';
import { Loading } from '~/ui/Notice';
import css from './Chat.module.css';
import { useChatNews, useThreads } from './useChat';

const Chat = lazy(() => import('./Chat'));
const MOST = 99;

/** In a talk (or while it rings) nothing sounds: only the count grows. */
const isQuiet = (): boolean =>
  Boolean(live.desk?.interaction || live.desk?.supervision) || !readStored('chat.sound', true);

/** How many messages are unread, on every page; opens the chat. */
export default function ChatButton() {
  const { t } = useTranslation();
  const keys = useKeys();
  const [open, setOpen] = useState(false);
  const shown = useRef(open);
  shown.current = open;
  const { data } = useThreads();
  useChatNews((message) => {
    if (isQuiet()) return;
    if (!shown.current || document.hidden) chime();
    announce(t('colleagues.chat.said', { name: message.by_name }));
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (actionOf(keys, event) !== 'chat') return;
      event.preventDefault();
      setOpen((was) => !was);
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [keys]);
  const unread = data?.unread ?? 0;
  const label = unread ? t('colleagues.chat.open_unread', { count: unread }) : t('colleagues.chat.open');
  return (
    <>
      <Tooltip label={`${label}   ${keyLabel(keys.chat)}`}>
        <ActionIcon size={34} className={css.open} aria-label={label} onClick={() => setOpen(true)}>
          <MessagesSquare size={18} />
          {unread ? (
            <span className={`num ${css.badge}`} data-testid="chat-unread">
              {unread > MOST ? `${MOST}+` : unread}
            </span>
          ) : null}
        </ActionIcon>
      </Tooltip>
      <Drawer
        opened={open}
        onClose={() => setOpen(false)}
        position="right"
        size={760}
        title={t('colleagues.tab.chat')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
        overlayProps={{ backgroundOpacity: 0.2 }}
        classNames={{ body: css.drawer!, content: css.drawerContent! }}
      >
        <Suspense fallback={<Loading rows={8} />}>
          <Chat />
        </Suspense>
      </Drawer>
    </>
  );
}
