import { SegmentedControl } from '@mantine/core';
import { ShoppingBag } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { problemText } from '~/api/client';
import type { SaleFigures, SaleReport, SaleRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { count, day, duration, share } from '~/lib/format';
import { addDays } from '~/lib/period';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { type Figure, Figures } from '~/ui/Figures';
import { Banner, EmptyState, ErrorState } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import own from './Catalogue.module.css';
import type { ReportProps } from './catalogue';
import type { Unit } from './compare';
import { useMeasures } from './Definition';
import { Behind, Foot } from './Foot';
import { ListLink } from './ListLink';
import css from './Reports.module.css';
import { Skeletons } from './Skeletons';
import { useReport } from './useReport';

const SPLITS = ['agent', 'queue', 'day'] as const;
type Name = keyof SaleFigures;
const MEASURES: readonly [Name, Unit, 'more' | 'less' | null][] = [
  ['talks', 'count', null],
  ['sales', 'count', 'more'],
  ['main_sales', 'count', 'more'],
  ['add_on_sales', 'count', 'more'],
  ['sale_share', 'share', 'more'],
  ['add_on_share', 'share', 'more'],
  ['work_per_sale_seconds', 'seconds', 'less'],
  ['unchosen_share', 'share', 'less'],
];
const SHOWN: ReadonlySet<Name> = new Set<Name>([
  'talks',
  'sales',
  'sale_share',
  'add_on_share',
  'work_per_sale_seconds',
  'unchosen_share',
]);
const said = (unit: Unit, value: number | null): string =>
  unit === 'count' ? count(value) : unit === 'share' ? share(value, 1) : duration(value);

/** Talks that ended in a main sale or an add-on sale, by agent, queue or day. */
export default function SaleView(props: ReportProps) {
  const { t } = useTranslation();
  const { period, ask } = props;
  const [address, setAddress] = useAddress();
  const { definition } = useMeasures();
  const mayOpen = useCan('view.interactions');
  const { data, error, refetch, changed } = useReport<SaleReport>(props);
  if (error && !data) {
    return (
      <div className="panel">
        <ErrorState text={problemText(error)} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (!data) return <Skeletons />;
  const split = SPLITS.find((it) => it === address.split) ?? 'agent';
  const idsBehind: Partial<Record<Name, readonly number[]>> = {
    sales: [...data.main_ids, ...data.add_on_ids],
    main_sales: data.main_ids,
    add_on_sales: data.add_on_ids,
  };
  const search = (row: SaleRow, name: Name) => {
    const ids = idsBehind[name];
    if (!mayOpen || !ids?.length || !row[name]) return null;
    const queues = Array.isArray(ask.queue) && ask.queue.length ? ask.queue.join(',') : undefined;
    const owner = row.owner_id ? String(row.owner_id) : undefined;
    return {
      from: row.day ?? period.from,
      to: row.day ? addDays(row.day, 1) : period.to,
      disposition: ids.join(','),
      queue: split === 'queue' ? owner : queues,
      agent: split === 'agent' ? owner : undefined,
    };
  };
  const ownerOf = (row: SaleRow): string => (row.day ? day(`${row.day}T12:00:00Z`) : row.owner || '—');
  const figures: Figure[] = MEASURES.filter(([name]) => SHOWN.has(name)).map(([name, unit, better]) => ({
    key: name,
    label: t(`reports.measure.${name}.title`),
    value: said(unit, data.totals[name]),
    definition: definition(name),
    change: changed(unit, (told) => told.totals[name], better),
  }));
  const columns: Column<SaleRow>[] = [
    {
      key: 'owner',
      title: t(split === 'day' ? 'catalogue.sales.day' : split === 'queue' ? 'lists.queue' : 'lists.agent'),
      width: 'minmax(140px, 2fr)',
      cell: ownerOf,
      sort: (row) => row.day ?? row.owner,
      total: t('reports.total'),
    },
    ...MEASURES.map(
      ([name, unit]): Column<SaleRow> => ({
        key: name,
        title: t(`reports.measure.${name}.short`),
        numeric: true,
        definition: definition(name),
        cell: (row) => <ListLink search={search(row, name)}>{said(unit, row[name])}</ListLink>,
        sort: (row) => row[name],
        total: said(unit, data.totals[name]),
      }),
    ),
  ];
  return (
    <>
      <Behind report={data} />
      {data.main_ids.length + data.add_on_ids.length ? null : (
        <Banner tone="info">{t('catalogue.sales.none')}</Banner>
      )}
      <Figures label={t('reports.figures')} figures={figures} />
      <div className={own.tools}>
        <SegmentedControl
          aria-label={t('catalogue.sales.split')}
          value={split}
          onChange={(value) => setAddress({ split: value === 'agent' ? null : value })}
          data={SPLITS.map((value) => ({ value, label: t(`catalogue.sales.by.${value}`) }))}
        />
      </div>
      <section className={`panel ${css.table}`}>
        <DataGrid
          key={split}
          label={t('reports.table')}
          className={css.grid ?? ''}
          columns={columns}
          rows={data.rows}
          rowKey={(row) => row.day ?? row.owner_id ?? 0}
          empty={<EmptyState icon={ShoppingBag} title={t('reports.empty.title')} />}
          minWidth={980}
        />
      </section>
      <Foot report={data} />
    </>
  );
}
