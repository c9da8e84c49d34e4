import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Signal } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { get, problemText, address as url } from '~/api/client';
import type { BadLinkRow, LinkReport, LinkSumRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { count, dayTime, share } from '~/lib/format';
import type { Period } from '~/lib/period';
import { Chip } from '~/ui/Chip';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { Downloads } from '~/ui/Downloads';
import { decimal } from '~/ui/decimal';
import { EmptyState } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import css from './Reports.module.css';

const BY = ['agent', 'trunk', 'queue'] as const;

/** How well customers and agents could hear each other, and the talks in which they could not. */
export default function LinkReportView({ period, path }: { period: Period; path: string }) {
  const { t, i18n } = useTranslation();
  const mayExport = useCan('export.reports');
  const navigate = useNavigate();
  const [address, setAddress] = useAddress();
  const by = BY.find((it) => it === address.links_by) ?? 'agent';
  const ask = { from: period.from, to: period.to, by };
  const { data, error, refetch } = useQuery({
    queryKey: ['report', 'links', ask],
    queryFn: ({ signal }) => get<LinkReport>('/api/v1/reports/links', ask, signal),
  });
  const sums: Column<LinkSumRow>[] = [
    {
      key: 'name',
      title: t('link.column.who'),
      cell: (row) => row.name || t('link.report.nobody'),
      sort: (row) => row.name,
    },
    {
      key: 'side',
      title: t('link.column.side'),
      cell: (row) => t(`link.side.${row.side}`),
      sort: (row) => row.side,
    },
    {
      key: 'measured',
      title: t('link.column.measured'),
      cell: (row) => count(row.measured),
      sort: (row) => row.measured,
      numeric: true,
    },
    {
      key: 'bad',
      title: t('link.column.bad'),
      cell: (row) => count(row.bad),
      sort: (row) => row.bad,
      numeric: true,
    },
    {
      key: 'bad_share',
      title: t('link.column.bad_share'),
      cell: (row) => share(row.bad / row.measured, 1),
      sort: (row) => row.bad / row.measured,
      numeric: true,
    },
    {
      key: 'mos',
      title: t('link.column.mos'),
      cell: (row) => decimal(row.mos, 2),
      sort: (row) => row.mos,
      numeric: true,
    },
    {
      key: 'loss',
      title: t('link.column.loss'),
      cell: (row) => `${decimal(row.loss_percent, 1)} %`,
      sort: (row) => row.loss_percent,
      numeric: true,
    },
    {
      key: 'jitter',
      title: t('link.column.jitter'),
      cell: (row) => decimal(row.jitter_ms, 1),
      sort: (row) => row.jitter_ms,
      numeric: true,
    },
    {
      key: 'trip',
      title: t('link.column.trip'),
      cell: (row) => (row.round_trip_ms === null ? '—' : decimal(row.round_trip_ms, 0)),
      sort: (row) => row.round_trip_ms,
      numeric: true,
    },
  ];
  const worst: Column<BadLinkRow>[] = [
    {
      key: 'since',
      title: t('link.column.when'),
      cell: (row) => dayTime(row.since),
      sort: (row) => row.since,
    },
    {
      key: 'agent',
      title: t('link.column.who'),
      cell: (row) => row.agent_name || t('link.report.nobody'),
      sort: (row) => row.agent_name,
    },
    {
      key: 'side',
      title: t('link.column.side'),
      cell: (row) => t(`link.side.${row.side}`),
      sort: (row) => row.side,
    },
    {
      key: 'mos',
      title: t('link.column.mos'),
      cell: (row) => <Chip tone="bad">{decimal(row.mos, 1)}</Chip>,
      sort: (row) => row.mos,
      numeric: true,
    },
    {
      key: 'worst',
      title: t('link.column.worst'),
      cell: (row) => decimal(row.worst_mos, 1),
      sort: (row) => row.worst_mos,
      numeric: true,
    },
  ];
  return (
    <div className={css.links}>
      <div className={css.linksBy}>
        <SegmentedControl
          aria-label={t('link.report.by')}
          value={by}
          onChange={(value) => setAddress({ links_by: value })}
          data={BY.map((value) => ({ value, label: t(`link.report.${value}`) }))}
        />
        <p className="muted">{t('link.hint')}</p>
      </div>
      <DataGrid
        label={t('link.title')}
        className="panel"
        columns={sums}
        rows={data?.rows}
        rowKey={(row) => `${row.key}/${row.side}`}
        error={error && !data ? problemText(error) : null}
        onRetry={() => void refetch()}
        empty={<EmptyState icon={Signal} title={t('link.none')} text={t('link.no_data')} />}
        minWidth={760}
      />
      <div className={css.linksBy}>
        <h2>{t('link.report.worst')}</h2>
        {mayExport ? (
          <Downloads of={(format) => url(path, { ...ask, table: 'worst', format, locale: i18n.language })} />
        ) : null}
      </div>
      <DataGrid
        label={t('link.report.worst')}
        className="panel"
        columns={worst}
        rows={data?.worst}
        rowKey={(row) => `${row.segment_id}/${row.side}/${row.mos}`}
        onOpen={(row) => void navigate({ to: `/interactions/${row.interaction_id}` })}
        empty={<EmptyState icon={Signal} title={t('link.report.no_bad')} />}
        minWidth={560}
      />
    </div>
  );
}
