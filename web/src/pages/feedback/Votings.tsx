import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Download, Vote } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText, address as url } from '~/api/client';
import type { VotingRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { count, share, when } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import { EmptyState, ErrorState, Loading } from '~/ui/Notice';
import css from './Feedback.module.css';

const REFRESH_MS = 3_000;

/** Votes as they come in. */
export function Votings({ choice }: { choice: ReactNode }) {
  const { t } = useTranslation();
  const list = useQuery({
    queryKey: ['votings'],
    queryFn: ({ signal }) => get<VotingRow[]>('/api/v1/votings', {}, signal),
    refetchInterval: REFRESH_MS,
  });
  return (
    <>
      <div className={css.tools}>{choice}</div>
      {list.error && !list.data ? (
        <div className="panel">
          <ErrorState text={problemText(list.error)} onRetry={() => void list.refetch()} />
        </div>
      ) : !list.data ? (
        <Loading rows={5} />
      ) : !list.data.length ? (
        <div className="panel">
          <EmptyState
            icon={Vote}
            title={t('feedback.empty.votings')}
            text={t('feedback.empty.votings_text')}
          />
        </div>
      ) : (
        <div className={css.votings}>
          {list.data.map((row) => (
            <Voting key={row.voting} row={row} />
          ))}
        </div>
      )}
    </>
  );
}

function Voting({ row }: { row: VotingRow }) {
  const { t } = useTranslation();
  const mayExport = useCan('export.reports');
  const most = Math.max(0, ...row.choices.map((it) => it.votes));
  return (
    <section className={`panel ${css.voting}`} aria-label={row.voting}>
      <header>
        <h2>{row.voting}</h2>
        <Chip tone={row.is_open ? 'ok' : 'mute'}>
          {t(row.is_open ? 'feedback.vote.open' : 'feedback.vote.over')}
        </Chip>
        <span className={css.push} />
        {mayExport ? (
          <Button
            component="a"
            size="compact-sm"
            variant="default"
            href={url('/api/v1/votings/sheet', { voting: row.voting })}
            download
            aria-label={`${t('lists.download_csv')}: ${row.voting}`}
            leftSection={<Download size={14} aria-hidden />}
          >
            CSV
          </Button>
        ) : null}
      </header>
      <ul>
        {row.choices.map((it) => (
          <li key={it.choice} data-first={(most > 0 && it.votes === most) || undefined}>
            <span className="ellipsis">
              <kbd className="kbd">{it.choice}</kbd> {it.name}
            </span>
            <span className="num">
              {count(it.votes)} <span className="muted">{share(it.share, 0)}</span>
            </span>
            <span className={css.share} aria-hidden>
              <i style={{ width: `${it.share * 100}%` }} />
            </span>
          </li>
        ))}
      </ul>
      <p className="muted">
        {[
          t('feedback.vote.votes', { count: row.votes }),
          row.closes_at && row.is_open === Date.parse(row.closes_at) > Date.now()
            ? t(row.is_open ? 'feedback.vote.closes' : 'feedback.vote.closed', { time: when(row.closes_at) })
            : null,
          row.last_at ? t('feedback.vote.last', { time: when(row.last_at) }) : null,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
    </section>
  );
}
