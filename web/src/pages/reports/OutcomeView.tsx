import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { BookOpenCheck } from 'lucide-react';
import { type CSSProperties, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { OutcomeReport, OutcomeRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { textOf } from '~/i18n';
import { count, duration, share } from '~/lib/format';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { EmptyState, ErrorState } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import own from './Catalogue.module.css';
import type { ReportProps } from './catalogue';
import { useMeasures } from './Definition';
import { Behind, Foot } from './Foot';
import { ListLink } from './ListLink';
import { kindsOf } from './outcomes';
import css from './Reports.module.css';
import { Skeletons } from './Skeletons';

const SPLITS = ['none', 'queue', 'agent'] as const;

/** What talks came to, by the outcomes that agents chose: how many, what share, how long they took. */
export default function OutcomeView({ period, path, ask }: ReportProps) {
  const { t, i18n } = useTranslation();
  const [address, setAddress] = useAddress();
  const { definition } = useMeasures();
  const mayOpen = useCan('view.interactions');
  const split = SPLITS.find((it) => it === address.split) ?? 'none';
  const { data, error, refetch } = useQuery({
    queryKey: ['report', 'outcomes', ask],
    queryFn: ({ signal }) => get<OutcomeReport>(path, ask, signal),
  });
  const kinds = useMemo(() => kindsOf(data?.rows ?? []), [data]);
  if (error && !data) {
    return (
      <div className="panel">
        <ErrorState text={problemText(error)} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (!data) return <Skeletons />;
  const nameOf = (row: OutcomeRow): string =>
    (i18n.language === 'ru' ? row.name_ru : row.name_en) || t('catalogue.outcomes.none');
  const kindName = (kind: string): string =>
    kind ? (textOf(`common.disposition_kind.${kind}`) ?? kind) : t('catalogue.outcomes.none');
  const search = (row: OutcomeRow) =>
    row.disposition_id && mayOpen
      ? {
          from: period.from,
          to: period.to,
          disposition: String(row.disposition_id),
          queue:
            split === 'queue' && row.owner_id
              ? String(row.owner_id)
              : Array.isArray(ask.queue) && ask.queue.length
                ? ask.queue.join(',')
                : undefined,
          agent: split === 'agent' && row.owner_id ? String(row.owner_id) : undefined,
        }
      : null;
  const columns: Column<OutcomeRow>[] = [
    ...(split === 'none'
      ? []
      : [
          {
            key: 'owner',
            title: t(split === 'queue' ? 'lists.queue' : 'lists.agent'),
            width: 'minmax(140px, 2fr)',
            cell: (row: OutcomeRow) => row.owner || '—',
            sort: (row: OutcomeRow) => row.owner,
            total: t('reports.total'),
          },
        ]),
    {
      key: 'outcome',
      title: t('catalogue.outcomes.outcome'),
      width: 'minmax(160px, 2fr)',
      cell: nameOf,
      sort: nameOf,
      total: split === 'none' ? t('reports.total') : '',
    },
    {
      key: 'kind',
      title: t('catalogue.outcomes.kind'),
      width: 'minmax(140px, 1fr)',
      cell: (row) => (row.kind ? kindName(row.kind) : ''),
      sort: (row) => kindName(row.kind),
      total: '',
    },
    {
      key: 'chosen',
      title: t('reports.measure.chosen.title'),
      numeric: true,
      definition: definition('chosen'),
      cell: (row) => <ListLink search={search(row)}>{count(row.chosen)}</ListLink>,
      sort: (row) => row.chosen,
      total: count(data.chosen),
    },
    {
      key: 'share',
      title: t('reports.measure.chosen_share.title'),
      numeric: true,
      definition: definition('chosen_share'),
      cell: (row) => share(row.chosen_share, 1),
      sort: (row) => row.chosen_share,
      total: '',
    },
    {
      key: 'aht',
      title: t('reports.measure.aht_seconds.title'),
      numeric: true,
      definition: definition('aht_seconds'),
      cell: (row) => duration(row.aht_seconds),
      sort: (row) => row.aht_seconds,
      total: duration(data.aht_seconds),
    },
  ];
  const most = Math.max(1, ...kinds.flatMap((kind) => kind.outcomes.map((it) => it.chosen)));
  return (
    <>
      <Behind report={data} />
      {data.chosen ? (
        <section className={`panel ${css.chart}`} aria-label={t('catalogue.outcomes.chart')}>
          <ul className={own.tree}>
            {kinds.map((kind) => (
              <li key={kind.kind || 'none'}>
                <div className={own.branch}>
                  <b>{kindName(kind.kind)}</b>
                  <span className="num">
                    {count(kind.chosen)} · {share(kind.chosen / data.chosen, 1)}
                  </span>
                </div>
                {kind.kind ? (
                  <ul>
                    {kind.outcomes.map((it) => (
                      <li key={it.row.disposition_id ?? 0} className={own.leaf}>
                        <span>{nameOf(it.row)}</span>
                        <i style={{ '--share': it.chosen / most } as CSSProperties} aria-hidden />
                        <span className="num">{count(it.chosen)}</span>
                        <span className="num">{share(it.chosen / data.chosen, 1)}</span>
                      </li>
                    ))}
                  </ul>
                ) : null}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <div className={own.tools}>
        <SegmentedControl
          aria-label={t('catalogue.outcomes.split')}
          value={split}
          onChange={(value) => setAddress({ split: value === 'none' ? null : value })}
          data={SPLITS.map((value) => ({ value, label: t(`catalogue.outcomes.by.${value}`) }))}
        />
      </div>
      <DataGrid
        label={t('reports.table')}
        className={`panel ${own.grid}`}
        columns={columns}
        rows={data.rows}
        rowKey={(row) => `${row.owner_id}/${row.disposition_id}`}
        empty={<EmptyState icon={BookOpenCheck} title={t('reports.empty.title')} />}
        minWidth={720}
      />
      <Foot report={data} />
    </>
  );
}
