import { Button, Modal, MultiSelect, Select, Textarea } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, get, post, problemText } from '~/api/client';
import type { SentNoticeRow } from '~/api/gen';
import { useMe } from '~/api/session';
import { serverNow } from '~/lib/clock';
import { clock, count } from '~/lib/format';
import { useNews } from '~/live/hooks';
import { announce } from '~/ui/announce';
import { toast } from '~/ui/toast';
import css from './Live.module.css';

const MINUTES = ['15', '60', '240', '720'] as const;

/** Words for the desks of a team, and how many have read those of the last day. */
export default function NoticeDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const queries = useQueryClient();
  const news = useNews();
  const [text, setText] = useState('');
  const [teams, setTeams] = useState<string[]>([]);
  const [minutes, setMinutes] = useState<string>('60');
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const { data = [] } = useQuery({
    queryKey: ['notices', 'sent'],
    queryFn: ({ signal }) => get<SentNoticeRow[]>('/api/v1/notices/sent', {}, signal),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: each reading changes the counts
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ['notices', 'sent'] });
  }, [news, queries]);
  const names = new Map(me.teams.map((it) => [it.id, it.name]));
  const run = async (ask: () => Promise<unknown>, said?: string) => {
    setPending(true);
    setRefusal(null);
    try {
      await ask();
      if (said) {
        announce(said);
        toast(said);
        setText('');
      }
      await queries.invalidateQueries({ queryKey: ['notices'] });
    } catch (error) {
      setRefusal(problemText(error));
    } finally {
      setPending(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size={560}
      title={t('supervision.notice.send_title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className={css.inHand}
        onSubmit={(event) => {
          event.preventDefault();
          void run(
            () => post('/api/v1/notices', { text, team_ids: teams.map(Number), minutes: Number(minutes) }),
            t('supervision.notice.said'),
          );
        }}
      >
        <Textarea
          label={t('supervision.notice.text')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          maxLength={500}
          autosize
          minRows={2}
          maxRows={6}
          data-autofocus
        />
        <MultiSelect
          label={t('supervision.notice.teams')}
          placeholder={teams.length ? '' : t('supervision.notice.all')}
          data={me.teams.map((it) => ({ value: String(it.id), label: it.name }))}
          value={teams}
          onChange={setTeams}
          searchable
          clearable
        />
        <Select
          label={t('supervision.notice.minutes')}
          data={MINUTES.map((it) => ({ value: it, label: t(`supervision.notice.for_minutes_${it}`) }))}
          value={minutes}
          onChange={(value) => setMinutes(value ?? '60')}
          allowDeselect={false}
        />
        {refusal ? (
          <p className={css.assignHint} role="alert" data-refusal>
            {refusal}
          </p>
        ) : null}
        <div className={css.assignFoot}>
          <Button type="submit" loading={pending} disabled={!text.trim()}>
            {t('supervision.notice.send')}
          </Button>
        </div>
      </form>
      <h3 className={css.sentTitle}>{t('supervision.notice.sent')}</h3>
      {data.length ? (
        <ul className={css.sent}>
          {data.map((it) => {
            const over = Date.parse(it.expires_at) <= serverNow();
            return (
              <li key={it.id} data-over={over || undefined}>
                <span>{it.text}</span>
                <span className="muted">
                  {[
                    it.team_ids.length
                      ? it.team_ids.map((id) => names.get(id) ?? id).join(', ')
                      : t('supervision.notice.all'),
                    over
                      ? t('supervision.notice.over')
                      : t('supervision.notice.until', { time: clock(Date.parse(it.expires_at)) }),
                    t('supervision.notice.reads', { reads: count(it.reads), readers: count(it.readers) }),
                  ].join(' · ')}
                </span>
                {it.may_withdraw && !over ? (
                  <Button
                    size="xs"
                    variant="subtle"
                    onClick={() => void run(() => del(`/api/v1/notices/${it.id}`))}
                  >
                    {t('supervision.notice.withdraw')}
                  </Button>
                ) : null}
              </li>
            );
          })}
        </ul>
      ) : (
        <p className="muted">{t('supervision.notice.none')}</p>
      )}
    </Modal>
  );
}
