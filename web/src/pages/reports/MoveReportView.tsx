import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { PhoneForwarded } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { get, problemText, address as url } from '~/api/client';
import type { MovedRow, MoveReport, MoveWay } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { count, dayTime, duration, share } from '~/lib/format';
import type { Period } from '~/lib/period';
import { Chip } from '~/ui/Chip';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { Downloads } from '~/ui/Downloads';
import { EmptyState } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import css from './Reports.module.css';

const AT_LEAST = [1, 2, 3] as const;
const WAYS = ['attended', 'blind', 'not_taken', 'queue', 'queue_again', 'outside'] as const;

/** Matters that went from agent to agent, and which of them went so too often. */
export default function MoveReportView({ period, path }: { period: Period; path: string }) {
  const { t, i18n } = useTranslation();
  const mayExport = useCan('export.reports');
  const navigate = useNavigate();
  const [address, setAddress] = useAddress();
  const atLeast = AT_LEAST.find((it) => String(it) === address.moves) ?? 2;
  const ask = { from: period.from, to: period.to, at_least: atLeast };
  const { data, error, refetch } = useQuery({
    queryKey: ['report', 'moves', ask],
    queryFn: ({ signal }) => get<MoveReport>('/api/v1/reports/moves', ask, signal),
  });
  const all = data?.counts.reduce((sum, one) => sum + one.matters, 0) ?? 0;
  const often = data?.counts.reduce((sum, one) => sum + (one.moves > 1 ? one.matters : 0), 0) ?? 0;
  const byWay = WAYS.map((way) => ({
    way,
    moves: data?.ways.reduce((sum, one) => sum + (one.way === way ? one.moves : 0), 0) ?? 0,
  }));
  const ways: Column<MoveWay>[] = [
    {
      key: 'way',
      title: t('reports.moves.column.way'),
      cell: (row) => t(`reports.moves.way.${row.way}`),
      sort: (row) => t(`reports.moves.way.${row.way}`),
      width: 'minmax(200px, 2fr)',
    },
    {
      key: 'from',
      title: t('reports.moves.column.from'),
      cell: (row) => [row.from_agent, row.from_queue].filter(Boolean).join(' · ') || '—',
      sort: (row) => row.from_agent,
      width: 'minmax(180px, 2fr)',
    },
    {
      key: 'to',
      title: t('reports.moves.column.to'),
      cell: (row) => [row.to_queue, row.to_agent].filter(Boolean).join(' · ') || '—',
      sort: (row) => row.to_queue || row.to_agent,
      width: 'minmax(180px, 2fr)',
    },
    {
      key: 'moves',
      title: t('reports.moves.column.moves'),
      cell: (row) => count(row.moves),
      sort: (row) => row.moves,
      numeric: true,
    },
  ];
  const columns: Column<MovedRow>[] = [
    {
      key: 'when',
      title: t('reports.moves.column.when'),
      cell: (row) => dayTime(row.started_at),
      sort: (row) => row.started_at,
    },
    {
      key: 'moves',
      title: t('reports.moves.column.moves'),
      cell: (row) => <Chip tone={row.moves > 2 ? 'bad' : row.moves > 1 ? 'warn' : 'mute'}>{row.moves}</Chip>,
      sort: (row) => row.moves,
      numeric: true,
      width: '100px',
    },
    {
      key: 'agents',
      title: t('reports.moves.column.agents'),
      cell: (row) => row.agents.join(' \u2192 '),
      width: 'minmax(240px, 3fr)',
    },
    {
      key: 'queues',
      title: t('reports.moves.column.queues'),
      cell: (row) => [...new Set(row.queues.filter(Boolean))].join(', '),
      width: 'minmax(120px, 1fr)',
    },
    {
      key: 'wait',
      title: t('reports.moves.column.wait'),
      cell: (row) => duration(row.wait_seconds),
      sort: (row) => row.wait_seconds,
      numeric: true,
    },
    {
      key: 'talk',
      title: t('reports.moves.column.talk'),
      cell: (row) => duration(row.talk_seconds),
      sort: (row) => row.talk_seconds,
      numeric: true,
    },
    {
      key: 'hold',
      title: t('reports.moves.column.hold'),
      cell: (row) => duration(row.hold_seconds),
      sort: (row) => row.hold_seconds,
      numeric: true,
    },
  ];
  return (
    <div className={css.links}>
      {data && all ? (
        <dl className={css.moves} aria-label={t('reports.moves.counts')}>
          <div data-main>
            <dt>{t('reports.moves.share')}</dt>
            <dd className="num">
              {share(often / all, 1)} <small>({count(often)})</small>
            </dd>
          </div>
          {data.counts.map((one) => (
            <div key={one.moves}>
              <dt>
                {t('reports.moves.column.moves')}: {one.moves || t('reports.moves.none')}
              </dt>
              <dd className="num">{count(one.matters)}</dd>
            </div>
          ))}
        </dl>
      ) : null}
      {data?.ways.length ? (
        <>
          <div className={css.linksBy}>
            <h2>{t('reports.moves.ways')}</h2>
            {mayExport ? (
              <Downloads
                of={(format) => url(path, { ...ask, table: 'ways', format, locale: i18n.language })}
              />
            ) : null}
          </div>
          <dl className={css.moves} aria-label={t('reports.moves.ways')}>
            {byWay.map((one) => (
              <div key={one.way}>
                <dt>{t(`reports.moves.way.${one.way}`)}</dt>
                <dd className="num">{count(one.moves)}</dd>
              </div>
            ))}
          </dl>
          <DataGrid
            label={t('reports.moves.ways')}
            className="panel"
            columns={ways}
            rows={data.ways}
            rowKey={(row) => [row.way, row.from_agent, row.from_queue, row.to_agent, row.to_queue].join('/')}
            minWidth={640}
          />
          <h2>{t('reports.moves.list')}</h2>
        </>
      ) : null}
      <div className={css.linksBy}>
        <SegmentedControl
          aria-label={t('reports.moves.at_least')}
          value={String(atLeast)}
          onChange={(value) => setAddress({ moves: value })}
          data={AT_LEAST.map((value) => ({
            value: String(value),
            label: `${t('reports.moves.at_least')} ${value}`,
          }))}
        />
        <p className="muted">{t('reports.moves.hint')}</p>
      </div>
      <DataGrid
        label={t('reports.moves.list')}
        className="panel"
        columns={columns}
        rows={data?.rows}
        rowKey={(row) => row.interaction_id}
        onOpen={(row) => void navigate({ to: `/interactions/${row.interaction_id}` })}
        error={error && !data ? problemText(error) : null}
        onRetry={() => void refetch()}
        empty={<EmptyState icon={PhoneForwarded} title={t('reports.moves.empty')} />}
        minWidth={860}
      />
    </div>
  );
}
