import { SegmentedControl } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Banknote } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { problemText } from '~/api/client';
import type { CostFigures, CostReport, CostRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { dayText } from '~/lib/dayText';
import { count, duration } from '~/lib/format';
import { money } from '~/lib/money';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { type Figure, Figures } from '~/ui/Figures';
import { Banner, EmptyState, ErrorState } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import own from './Catalogue.module.css';
import type { ReportProps } from './catalogue';
import type { Unit } from './compare';
import { useMeasures } from './Definition';
import { Behind, Foot } from './Foot';
import css from './Reports.module.css';
import { Skeletons } from './Skeletons';
import { useReport } from './useReport';

const SPLITS = ['queue', 'team', 'day'] as const;
type Name = keyof CostFigures;
type Kind = 'seconds' | 'money' | 'count';
const MEASURES: readonly [Name, Kind, 'more' | 'less' | null][] = [
  ['signed_in_seconds', 'seconds', null],
  ['payable_seconds', 'seconds', null],
  ['pay_cost', 'money', null],
  ['trunk_cost', 'money', null],
  ['total_cost', 'money', null],
  ['handled', 'count', null],
  ['cost_per_contact', 'money', 'less'],
  ['sales', 'count', 'more'],
  ['cost_per_sale', 'money', 'less'],
];
const SHOWN: ReadonlySet<Name> = new Set<Name>([
  'payable_seconds',
  'pay_cost',
  'trunk_cost',
  'total_cost',
  'cost_per_contact',
  'cost_per_sale',
]);
/** Money is compared in per cent, as counts are. */
const UNIT: Record<Kind, Unit> = { seconds: 'seconds', money: 'count', count: 'count' };
const MOST_NAMES = 8;

/** What people's time and calls cost, and what a contact and a sale did, by queue, team or day. */
export default function CostView(props: ReportProps) {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const { definition } = useMeasures();
  const { data, error, refetch, changed } = useReport<CostReport>(props);
  if (error && !data) {
    return (
      <div className="panel">
        <ErrorState text={problemText(error)} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (!data) return <Skeletons />;
  const split = SPLITS.find((it) => it === address.split) ?? 'queue';
  const said = (name: Name, kind: Kind, of: CostFigures): string => {
    const value = of[name];
    if (kind === 'seconds') return duration(value);
    if (kind === 'count') return count(value);
    // Where something is missing there is no number; where there is nothing to divide by there is a dash.
    if (value === null && (name === 'pay_cost' || name === 'trunk_cost' || of.total_cost === null))
      return t('catalogue.no_data');
    return money(value, data.currency, data.digits);
  };
  const ownerOf = (row: CostRow): string => {
    if (row.day) return dayText(row.day);
    return row.owner || t(split === 'team' ? 'catalogue.costs.no_team' : 'catalogue.costs.no_queue');
  };
  const figures: Figure[] = MEASURES.filter(([name]) => SHOWN.has(name)).map(([name, kind, better]) => ({
    key: name,
    label: t(`reports.measure.${name}.title`),
    value: said(name, kind, data.totals),
    definition: definition(name),
    change: changed(UNIT[kind], (told) => told.totals[name], better),
  }));
  const columns: Column<CostRow>[] = [
    {
      key: 'owner',
      title: t(`catalogue.costs.${split}`),
      width: 'minmax(140px, 2fr)',
      cell: ownerOf,
      sort: (row) => row.day ?? row.owner,
      total: t('reports.total'),
    },
    ...MEASURES.map(
      ([name, kind]): Column<CostRow> => ({
        key: name,
        title: t(`reports.measure.${name}.short`),
        numeric: true,
        definition: definition(name),
        cell: (row) => said(name, kind, row),
        sort: (row) => row[name],
        total: said(name, kind, data.totals),
      }),
    ),
  ];
  return (
    <>
      <Behind report={data} />
      <Missing report={data} />
      <Figures label={t('reports.figures')} figures={figures} />
      <div className={own.tools}>
        <SegmentedControl
          aria-label={t('catalogue.costs.split')}
          value={split}
          onChange={(value) => setAddress({ split: value === 'queue' ? null : value })}
          data={SPLITS.map((value) => ({ value, label: t(`catalogue.costs.by.${value}`) }))}
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
          empty={<EmptyState icon={Banknote} title={t('reports.empty.title')} />}
          minWidth={1080}
        />
      </section>
      <Foot report={data}>
        {split === 'queue' ? ` · ${t('catalogue.costs.shared')}` : null}
        {split === 'team' ? ` · ${t('catalogue.costs.twice')}` : null}
      </Foot>
    </>
  );
}

/** Whose rate and which tariff is missing, so that numbers are no data, and where to set them. */
function Missing({ report }: { report: CostReport }) {
  const { t } = useTranslation();
  const maySet = useCan('manage.rates');
  const since = (name: string, day: string) => t('catalogue.costs.since', { name, day: dayText(day) });
  const listed = (names: string[]) =>
    [
      ...names.slice(0, MOST_NAMES),
      ...(names.length > MOST_NAMES ? [t('catalogue.costs.more', { count: names.length - MOST_NAMES })] : []),
    ].join('; ');
  const link = maySet ? (
    <Link to="/admin/rates" className={own.set ?? ''}>
      {t('catalogue.costs.set')}
    </Link>
  ) : null;
  const routeOf = (it: CostReport['unpriced'][number]) =>
    [it.trunk, it.number, t(it.is_inbound ? 'catalogue.costs.inbound' : 'catalogue.costs.outbound')]
      .filter(Boolean)
      .join(', ');
  return (
    <>
      {report.is_folded ? null : <Banner tone="info">{t('catalogue.costs.reading')}</Banner>}
      {report.unpaid.length ? (
        <Banner tone="warn" action={link}>
          {t('catalogue.costs.unpaid', {
            names: listed(report.unpaid.map((it) => since(it.agent, it.since))),
          })}
        </Banner>
      ) : null}
      {report.unpriced.length ? (
        <Banner tone="warn" action={link}>
          {t('catalogue.costs.unpriced', {
            names: listed(report.unpriced.map((it) => since(routeOf(it), it.since))),
          })}
        </Banner>
      ) : null}
    </>
  );
}
