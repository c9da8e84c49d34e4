import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { MessageSquareWarning } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post } from '~/api/client';
import type { NoticeRow } from '~/api/gen';
import { serverNow } from '~/lib/clock';
import { clock } from '~/lib/format';
import { useFreshness, useNews } from '~/live/hooks';
import { Banner } from '~/ui/Notice';

/** Words of a supervisor, until they are read or over. The feed says that something is new; nothing is polled. */
export default function Notices() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const news = useNews();
  const freshness = useFreshness();
  const { data = [] } = useQuery({
    queryKey: ['notices', 'own'],
    queryFn: ({ signal }) => get<NoticeRow[]>('/api/v1/notices', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: each piece of news, and each return of the link, asks anew
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ['notices'] });
  }, [news, freshness, queries]);
  const open = data.filter((it) => !it.is_read && Date.parse(it.expires_at) > serverNow());
  const next = Math.min(...open.map((it) => Date.parse(it.expires_at)));
  useEffect(() => {
    if (!Number.isFinite(next)) return undefined;
    const timer = setTimeout(
      () => void queries.invalidateQueries({ queryKey: ['notices'] }),
      Math.min(Math.max(next - serverNow(), 0) + 500, 2 ** 31 - 1),
    );
    return () => clearTimeout(timer);
  }, [next, queries]);
  const read = async (id: number) => {
    await post(`/api/v1/notices/${id}/read`);
    await queries.invalidateQueries({ queryKey: ['notices'] });
  };
  return open.map((it) => (
    <div key={it.id} data-testid="notice">
      <Banner
        tone="info"
        icon={MessageSquareWarning}
        action={
          <Button size="xs" variant="default" onClick={() => void read(it.id)}>
            {t('supervision.notice.read')}
          </Button>
        }
      >
        <b>{it.text}</b>{' '}
        <span className="muted">
          {t('supervision.notice.from', { name: it.by_name, time: clock(Date.parse(it.created_at)) })}
        </span>
      </Banner>
    </div>
  ));
}
