import { Button, Select } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Activity, BellOff, Download } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText, address as url } from '~/api/client';
import type { AlertPage, AlertRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { textOf } from '~/i18n';
import { figureText } from '~/lib/figures';
import { duration, when } from '~/lib/format';
import { readPeriod } from '~/lib/period';
import { Chip, type Tone } from '~/ui/Chip';
import { type Column, DataGrid, type Sort } from '~/ui/DataGrid';
import { EmptyState } from '~/ui/Notice';
import { PeriodPicker } from '~/ui/PeriodPicker';
import { useAddress } from '~/ui/useAddress';
import { useToday } from '~/ui/useToday';
import css from './Alerts.module.css';
import { Detail } from './Detail';

const PATH = '/api/v1/alerts';
const REFRESH_MS = 15_000;
const TONE: Record<AlertRow['severity'], Tone> = { notice: 'info', warning: 'warn', critical: 'bad' };
const SEVERITIES = ['critical', 'warning', 'notice'] as const;
const SCOPES = ['queue', 'team', 'agent', 'centre'] as const;
const SORT: Sort = { key: 'fired_at', descending: true };

const lasted = (row: AlertRow): number | null =>
  row.cleared_at ? (Date.parse(row.cleared_at) - Date.parse(row.fired_at)) / 1000 : null;

/** Everything that fired, with its values, who saw to it and how it ended. */
export default function AlertsPage() {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const today = useToday();
  const mayExport = useCan('export.reports');
  const period = readPeriod(address, today, 'last_7');
  const severity = SEVERITIES.find((it) => it === address.severity) ?? null;
  const scope = SCOPES.find((it) => it === address.scope) ?? null;
  const asked = { from: period.from, to: period.to, severity, scope };
  const list = useInfiniteQuery({
    queryKey: ['alerts', 'history', asked],
    queryFn: ({ signal, pageParam }) => get<AlertPage>(PATH, { ...asked, before: pageParam }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: period.to > today ? REFRESH_MS : false,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows), [list.data]);
  const columns = useMemo<Column<AlertRow>[]>(
    () => [
      {
        key: 'fired_at',
        title: t('alerts.column.fired_at'),
        width: 'minmax(84px, 130px)',
        cell: (row) => <span className="num">{when(row.fired_at)}</span>,
      },
      {
        key: 'rule',
        title: t('alerts.column.rule'),
        width: 'minmax(160px, 1.6fr)',
        cell: (row) => <span className="ellipsis">{row.rule_name}</span>,
      },
      {
        key: 'place',
        title: t('alerts.column.place'),
        width: 'minmax(120px, 1.2fr)',
        cell: (row) => (row.scope === 'centre' ? t('alerts.centre') : row.place_name),
      },
      {
        key: 'severity',
        title: t('alerts.column.severity'),
        width: '116px',
        cell: (row) => <Chip tone={TONE[row.severity]}>{t(`alerts.severity.${row.severity}`)}</Chip>,
      },
      {
        key: 'fired',
        title: t('alerts.column.fired'),
        numeric: true,
        width: '96px',
        cell: (row) => figureText(row.fired_value, row.unit),
      },
      {
        key: 'worst',
        title: t('alerts.column.worst'),
        numeric: true,
        width: '96px',
        cell: (row) => figureText(row.worst, row.unit),
      },
      {
        key: 'lasted',
        title: t('alerts.column.lasted'),
        numeric: true,
        width: '96px',
        cell: (row) =>
          row.cleared_at ? duration(lasted(row)) : <Chip tone="warn">{t('alerts.going_on')}</Chip>,
      },
      {
        key: 'owner',
        title: t('alerts.column.owner'),
        width: 'minmax(110px, 1fr)',
        cell: (row) => <span className="ellipsis">{row.owner_name || '—'}</span>,
      },
      {
        key: 'end',
        title: t('alerts.column.end'),
        width: 'minmax(150px, 1fr)',
        cell: (row) => (row.cause ? (textOf(`alerts.cause.${row.cause}`) ?? row.cause) : '—'),
      },
    ],
    [t],
  );
  return (
    <div className={css.page}>
      <div className={css.tools} role="search" aria-label={t('alerts.filters')}>
        <h1>{t('alerts.title')}</h1>
        <PeriodPicker value={period} today={today} onChange={setAddress} />
        <Select
          aria-label={t('alerts.column.severity')}
          placeholder={t('alerts.column.severity')}
          data={SEVERITIES.map((value) => ({ value, label: t(`alerts.severity.${value}`) }))}
          value={severity}
          onChange={(value) => setAddress({ severity: value })}
          clearable
          w={150}
        />
        <Select
          aria-label={t('alerts.column.place')}
          placeholder={t('alerts.column.place')}
          data={SCOPES.map((value) => ({ value, label: t(`alerts.scope.${value}`) }))}
          value={scope}
          onChange={(value) => setAddress({ scope: value })}
          clearable
          w={150}
        />
        <span className={css.push} />
        <Button
          component={Link}
          to={'/live' as never}
          variant="default"
          leftSection={<Activity size={15} aria-hidden />}
        >
          {t('alerts.to_board')}
        </Button>
        {mayExport ? (
          <Button
            component="a"
            variant="default"
            href={url(PATH, { ...asked, format: 'csv' })}
            download
            aria-label={t('lists.download_csv')}
            leftSection={<Download size={15} aria-hidden />}
          >
            CSV
          </Button>
        ) : null}
      </div>
      <div className={`panel ${css.list}`}>
        <DataGrid
          label={t('alerts.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          onOpen={(row) => setAddress({ id: row.id })}
          selected={address.id ? Number(address.id) : null}
          sort={SORT}
          sortedByServer
          error={list.error && !rows ? problemText(list.error) : null}
          onRetry={() => void list.refetch()}
          minWidth={1080}
          empty={<EmptyState icon={BellOff} title={t('alerts.empty')} text={t('alerts.empty_text')} />}
        />
        {list.hasNextPage ? (
          <Button
            variant="default"
            loading={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {t('lists.more')}
          </Button>
        ) : null}
      </div>
      {address.id ? <Detail id={address.id} onClose={() => setAddress({ id: null })} /> : null}
    </div>
  );
}
