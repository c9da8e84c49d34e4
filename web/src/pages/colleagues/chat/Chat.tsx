import { ActionIcon, Button, Textarea, Tooltip } from '@mantine/core';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Bell, BellOff, MessagesSquare, Send, Users } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { Directory, MessageRow, ThreadRow } from '~/api/gen';
import { useMe } from '~/api/session';
import { when, whenShort } from '~/lib/format';
import { readStored, writeStored } from '~/lib/storage';
import { Chip } from '~/ui/Chip';
import { type Choice, type ChoiceGroup, FindOne } from '~/ui/FindOne';
import { EmptyState, ErrorState, Loading } from '~/ui/Notice';
import css from './Chat.module.css';
import { keepDraft, nameOf, readDraft, type Target, targetOf } from './outbox';
import { messagesKey, useThreads, useUnsent } from './useChat';

const LONGEST = 2000;
const PAGE = 50;
const PAUSE_MS = 250;

/** One's threads on the left, what was written on the right. Typing finds colleagues and words. */
export default function Chat() {
  const { t } = useTranslation();
  const me = useMe();
  const { data, error, refetch } = useThreads();
  const [opened, setOpened] = useState<string | null>(() => readStored(`chat.opened.${me.person_id}`, null));
  const open = (name: string | null) => {
    setOpened(name);
    writeStored(`chat.opened.${me.person_id}`, name ?? undefined);
  };
  const target = opened ? targetOf(opened) : null;
  const thread = data?.threads.find((it) => keyOf(it) === opened) ?? null;
  if (error && !data) return <ErrorState text={problemText(error)} onRetry={() => void refetch()} />;
  return (
    <div className={css.chat} data-open={opened ? true : undefined}>
      <Finder threads={data?.threads ?? []} opened={opened} onOpen={open} />
      {target ? (
        <Talk key={opened} target={target} thread={thread} onBack={() => open(null)} />
      ) : (
        <div className={css.talk}>
          <EmptyState
            icon={MessagesSquare}
            title={t('colleagues.chat.nobody')}
            text={t('colleagues.chat.nobody_text')}
          />
        </div>
      )}
    </div>
  );
}

const keyOf = (it: ThreadRow): string => (it.team_id ? `team ${it.team_id}` : `person ${it.person_id}`);

function Finder({
  threads,
  opened,
  onOpen,
}: {
  threads: readonly ThreadRow[];
  opened: string | null;
  onOpen: (name: string) => void;
}) {
  const { t } = useTranslation();
  const me = useMe();
  const [query, setQuery] = useState('');
  const [active, setActive] = useState<string | null>(null);
  const [sound, setSound] = useState(() => readStored('chat.sound', true));
  const find = useSettled(query.trim());
  const looks = me.agent || me.rights.some((it) => it === 'direct.agents' || it === 'manage.directory');
  const people = useQuery({
    queryKey: ['directory', 'people', find],
    queryFn: ({ signal }) => get<Directory>('/api/v1/directory', { find }, signal),
    enabled: looks && find.length > 0,
  });
  const words = useQuery({
    queryKey: ['chat', 'search', find],
    queryFn: ({ signal }) => get<MessageRow[]>('/api/v1/chat/search', { find }, signal),
    enabled: find.length > 1,
  });
  const groups = useMemo<ChoiceGroup[]>(() => {
    const wanted = query.trim().toLocaleLowerCase();
    const begun = new Set(threads.map(keyOf));
    const byThread = new Map(threads.map((it) => [it.id, it]));
    const own = threads.filter((it) => it.name.toLocaleLowerCase().includes(wanted));
    return [
      {
        title: t('colleagues.chat.threads'),
        choices: own.map<Choice>((it) => ({
          key: keyOf(it),
          name: it.name,
          detail: it.last ? `${it.last.is_own ? t('colleagues.chat.me') : ''}${it.last.text}` : '',
          mark: (
            <>
              {it.team_id ? <Users size={13} aria-label={t('colleagues.chat.team')} /> : null}
              {it.unread && keyOf(it) !== opened ? (
                <span className={`num ${css.count}`}>{it.unread}</span>
              ) : null}
            </>
          ),
        })),
      },
      {
        title: t('colleagues.people'),
        choices: wanted
          ? (people.data?.colleagues ?? [])
              .filter((it) => !begun.has(`person ${it.id}`))
              .map<Choice>((it) => ({ key: `person ${it.id}`, name: it.name }))
          : [],
      },
      {
        title: t('colleagues.chat.found'),
        choices: wanted
          ? (words.data ?? []).flatMap<Choice>((it) => {
              const thread = byThread.get(it.thread_id);
              return thread
                ? [
                    {
                      key: `${keyOf(thread)} ${it.id}`,
                      name: thread.name,
                      detail: it.text,
                      mark: <time className={css.time}>{whenShort(it.at)}</time>,
                    },
                  ]
                : [];
            })
          : [],
      },
    ];
  }, [threads, query, people.data, words.data, opened, t]);
  const pick = (key: string | null) => {
    if (key) onOpen(key.split(' ').slice(0, 2).join(' '));
  };
  return (
    <div className={css.finder}>
      <FindOne
        label={t('colleagues.chat.find')}
        query={query}
        onQuery={setQuery}
        groups={groups}
        active={active}
        onActive={setActive}
        onEnter={() => pick(active)}
        onPick={pick}
        empty={t('colleagues.chat.nothing')}
      />
      <Tooltip label={t('colleagues.chat.sound_help')} multiline w={240}>
        <Button
          size="compact-sm"
          variant="subtle"
          aria-pressed={sound}
          leftSection={sound ? <Bell size={14} aria-hidden /> : <BellOff size={14} aria-hidden />}
          onClick={() => {
            writeStored('chat.sound', !sound);
            setSound(!sound);
          }}
        >
          {t(sound ? 'colleagues.chat.sound_on' : 'colleagues.chat.sound_off')}
        </Button>
      </Tooltip>
    </div>
  );
}

function Talk({ target, thread, onBack }: { target: Target; thread: ThreadRow | null; onBack: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const outbox = useUnsent();
  const threadId = thread?.id ?? null;
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: messagesKey(threadId ?? 0),
    enabled: threadId !== null,
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      get<MessageRow[]>(
        `/api/v1/chat/threads/${threadId}/messages`,
        { before: pageParam, limit: PAGE },
        signal,
      ),
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.id),
  });
  const messages = useMemo(() => (data?.pages ?? []).flat().reverse(), [data]);
  const newest = messages.at(-1)?.id ?? 0;
  const unsent = outbox.unsent.filter((it) => nameOf(it.target) === nameOf(target));
  const end = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the newest line comes into sight whenever there is one
  useEffect(() => {
    end.current?.scrollIntoView?.({ block: 'end' });
  }, [newest, unsent.length]);
  const unread = thread?.unread ?? 0;
  useEffect(() => {
    if (!threadId || !newest || !unread) return undefined;
    const read = () => {
      if (document.hidden) return;
      void post(`/api/v1/chat/threads/${threadId}/read`, { message_id: newest }).then(
        () => queries.invalidateQueries({ queryKey: ['chat', 'threads'] }),
        () => undefined,
      );
    };
    read();
    document.addEventListener('visibilitychange', read);
    return () => document.removeEventListener('visibilitychange', read);
  }, [threadId, newest, unread, queries]);
  return (
    <section className={css.talk} aria-label={thread?.name ?? t('colleagues.tab.chat')}>
      <header className={css.head}>
        <Button className={css.back} size="compact-sm" variant="subtle" onClick={onBack}>
          {t('colleagues.chat.back')}
        </Button>
        <h3>{thread?.name ?? <Name target={target} />}</h3>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard */}
      <div className={css.lines} role="log" aria-label={t('colleagues.chat.lines')} tabIndex={0}>
        {error && !data ? (
          <ErrorState text={problemText(error)} onRetry={() => void refetch()} />
        ) : threadId !== null && !data ? (
          <Loading rows={4} />
        ) : null}
        {hasNextPage ? (
          <Button
            size="compact-sm"
            variant="subtle"
            loading={isFetchingNextPage}
            onClick={() => void fetchNextPage()}
          >
            {t('colleagues.chat.earlier')}
          </Button>
        ) : null}
        {messages.map((it) => (
          <div
            key={it.id}
            className={css.line}
            data-own={it.is_own || undefined}
            data-lead={it.is_lead || undefined}
          >
            <div className={css.who}>
              {it.is_own ? null : <b>{it.by_name}</b>}
              {it.is_lead && !it.is_own ? <Chip tone="warn">{t('colleagues.chat.lead')}</Chip> : null}
              <time dateTime={it.at} title={when(it.at)}>
                {whenShort(it.at)}
              </time>
            </div>
            <p>{it.text}</p>
          </div>
        ))}
        {unsent.map((it) => (
          <div key={it.key} className={css.line} data-own data-waits>
            <div className={css.who}>
              {it.refused ? problemText(it.refused) : t('colleagues.chat.waits')}
              {it.refused ? (
                <Button size="compact-xs" variant="subtle" onClick={() => outbox.drop(it.key)}>
                  {t('colleagues.chat.drop')}
                </Button>
              ) : null}
            </div>
            <p>{it.text}</p>
          </div>
        ))}
        <div ref={end} />
      </div>
      <Composer target={target} onSend={(text) => outbox.put(target, text)} />
    </section>
  );
}

function Name({ target }: { target: Target }) {
  const { data } = useQuery({
    queryKey: ['directory', 'people', ''],
    queryFn: ({ signal }) => get<Directory>('/api/v1/directory', {}, signal),
    enabled: 'person_id' in target,
  });
  return 'person_id' in target ? data?.colleagues.find((it) => it.id === target.person_id)?.name : null;
}

function Composer({ target, onSend }: { target: Target; onSend: (text: string) => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const [text, setText] = useState(() => readDraft(me.person_id, target));
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const write = (next: string) => {
    setText(next);
    keepDraft(me.person_id, target, next);
  };
  const send = () => {
    if (!text.trim()) return;
    onSend(text.trim());
    write('');
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key !== 'Enter' || e.shiftKey || e.nativeEvent.isComposing) return;
    e.preventDefault();
    send();
  };
  return (
    <form
      className={css.composer}
      onSubmit={(e) => {
        e.preventDefault();
        send();
      }}
    >
      <Textarea
        ref={field}
        aria-label={t('colleagues.chat.text')}
        placeholder={t('colleagues.chat.text')}
        value={text}
        onChange={(e) => write(e.currentTarget.value)}
        onKeyDown={onKeyDown}
        maxLength={LONGEST}
        autosize
        minRows={1}
        maxRows={6}
        data-autofocus
      />
      <ActionIcon
        type="submit"
        size={34}
        variant="filled"
        disabled={!text.trim()}
        aria-label={t('colleagues.chat.send')}
      >
        <Send size={16} />
      </ActionIcon>
    </form>
  );
}

/** The text after a pause in typing. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
