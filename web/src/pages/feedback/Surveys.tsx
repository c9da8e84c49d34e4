import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Download, MessageSquareHeart } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText, address as url } from '~/api/client';
import type { ShareFigures, SurveyFigures, SurveyReport, SurveyRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { count, share } from '~/lib/format';
import { readPeriod } from '~/lib/period';
import { type Column, DataGrid, type Sort } from '~/ui/DataGrid';
import { InfoTip } from '~/ui/InfoTip';
import { EmptyState } from '~/ui/Notice';
import { PeriodPicker, periodText } from '~/ui/PeriodPicker';
import { useAddress } from '~/ui/useAddress';
import { useToday } from '~/ui/useToday';
import css from './Feedback.module.css';

const REFRESH_MS = 30_000;
const PATH = '/api/v1/reports/surveys';

/** Points with their sign: a recommendation of +12 is good, of −12 is not. */
const points = (value: number): string => {
  const whole = Math.round(value);
  return whole > 0 ? `+${whole}` : String(whole).replace('-', '−');
};

/** Each survey in all, then by queue and agent. */
export function Surveys({ choice }: { choice: ReactNode }) {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const today = useToday();
  const mayExport = useCan('export.reports');
  const period = readPeriod(address, today, 'last_30');
  const asked = { from: period.from, to: period.to };
  const report = useQuery({
    queryKey: ['surveys', asked],
    queryFn: ({ signal }) => get<SurveyReport>(PATH, asked, signal),
    refetchInterval: period.to > today ? REFRESH_MS : false,
  });
  const sort = useMemo<Sort>(
    () => ({ key: address.sort ?? 'survey', descending: address.down === 'true' }),
    [address.sort, address.down],
  );
  const columns = useMemo<Column<SurveyRow>[]>(
    () => [
      {
        key: 'survey',
        title: t('feedback.column.survey'),
        width: 'minmax(120px, 1.4fr)',
        sort: (row) => row.survey,
        cell: (row) => <span className="ellipsis">{row.survey}</span>,
      },
      {
        key: 'queue',
        title: t('lists.queue'),
        width: 'minmax(110px, 1.2fr)',
        sort: (row) => row.queue,
        cell: (row) => <span className="ellipsis">{row.queue || '—'}</span>,
      },
      {
        key: 'agent',
        title: t('lists.agent'),
        width: 'minmax(120px, 1.4fr)',
        sort: (row) => row.agent_name,
        cell: (row) => <span className="ellipsis">{row.agent_name || t('feedback.before_talk')}</span>,
      },
      {
        key: 'responses',
        title: t('feedback.column.responses'),
        numeric: true,
        width: '96px',
        sort: (row) => row.figures.responses,
        cell: (row) => count(row.figures.responses),
      },
      {
        key: 'nps',
        title: 'NPS',
        numeric: true,
        width: '130px',
        definition: t('feedback.definition.nps'),
        sort: (row) => row.figures.nps?.score,
        cell: (row) => <Nps of={row.figures} />,
      },
      {
        key: 'csat',
        title: 'CSAT',
        numeric: true,
        width: '120px',
        definition: t('feedback.definition.csat'),
        sort: (row) => row.figures.csat?.share,
        cell: (row) => (row.figures.csat ? share(row.figures.csat.share, 0) : '—'),
      },
      {
        key: 'fcr',
        title: 'FCR',
        numeric: true,
        width: '120px',
        definition: t('feedback.definition.fcr'),
        sort: (row) => row.figures.fcr?.share,
        cell: (row) => (row.figures.fcr ? share(row.figures.fcr.share, 0) : '—'),
      },
    ],
    [t],
  );
  return (
    <>
      <div className={css.tools} role="search" aria-label={t('feedback.filters')}>
        {choice}
        <PeriodPicker value={period} today={today} onChange={setAddress} />
        <span className={css.push} />
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
      {report.data?.totals.length ? (
        <div className={css.totals}>
          {report.data.totals.map((total) => (
            <section key={total.survey} className={`panel ${css.total}`} aria-label={total.survey}>
              <h2>{total.survey}</h2>
              <Figures of={total.figures} />
            </section>
          ))}
        </div>
      ) : null}
      <section className={`panel ${css.list}`}>
        <DataGrid
          label={t('feedback.tab.surveys')}
          columns={columns}
          rows={report.data?.rows}
          rowKey={(row) => `${row.survey}/${row.queue_id}/${row.agent_id}`}
          sort={sort}
          onSort={(next) => setAddress({ sort: next.key, down: next.descending })}
          error={report.error && !report.data ? problemText(report.error) : null}
          onRetry={() => void report.refetch()}
          minWidth={900}
          className={css.grid ?? ''}
          empty={
            <EmptyState
              icon={MessageSquareHeart}
              title={t('feedback.empty.surveys')}
              text={t('feedback.empty.surveys_text', { period: periodText(period) })}
            />
          }
        />
      </section>
    </>
  );
}

function Nps({ of }: { of: SurveyFigures }) {
  if (!of.nps) return '—';
  return (
    <span>
      {points(of.nps.score)}
      {of.nps.margin === null ? null : <span className="muted"> ±{Math.round(of.nps.margin)}</span>}
    </span>
  );
}

/** The measures of one survey, each with how sure it is. */
function Figures({ of }: { of: SurveyFigures }) {
  const { t } = useTranslation();
  const range = (it: ShareFigures) => `${share(it.low, 0)} – ${share(it.high, 0)}`;
  return (
    <dl className={css.figures}>
      {of.nps ? (
        <div>
          <dt>
            NPS <InfoTip title="NPS">{t('feedback.definition.nps')}</InfoTip>
          </dt>
          <dd>
            <b className="num">{points(of.nps.score)}</b>
            {of.nps.margin === null ? null : <span className="num"> ±{Math.round(of.nps.margin)}</span>}
            <NpsBar of={of} />
            <span className="muted">{t('feedback.responses', { count: of.nps.responses })}</span>
          </dd>
        </div>
      ) : null}
      {of.csat ? (
        <div>
          <dt>
            CSAT <InfoTip title="CSAT">{t('feedback.definition.csat')}</InfoTip>
          </dt>
          <dd>
            <b className="num">{share(of.csat.share, 0)}</b>{' '}
            <span className="muted num">{range(of.csat)}</span>
            <span className="muted">
              {t('feedback.mean', { mean: (of.csat.mean ?? 0).toFixed(1) })} ·{' '}
              {t('feedback.responses', { count: of.csat.responses })}
            </span>
          </dd>
        </div>
      ) : null}
      {of.fcr ? (
        <div>
          <dt>
            FCR <InfoTip title="FCR">{t('feedback.definition.fcr')}</InfoTip>
          </dt>
          <dd>
            <b className="num">{share(of.fcr.share, 0)}</b> <span className="muted num">{range(of.fcr)}</span>
            <span className="muted">{t('feedback.responses', { count: of.fcr.responses })}</span>
          </dd>
        </div>
      ) : null}
    </dl>
  );
}

function NpsBar({ of }: { of: SurveyFigures }) {
  const { t } = useTranslation();
  const nps = of.nps;
  if (!nps) return null;
  const parts = ['detractors', 'passives', 'promoters'] as const;
  const text = parts.map((it) => `${t(`feedback.band.${it}`)}: ${nps[it]}`).join(', ');
  return (
    <span className={css.bar} role="img" aria-label={text} title={text}>
      {parts.map((it) => (
        <i key={it} data-band={it} style={{ flexGrow: nps[it] }} />
      ))}
    </span>
  );
}
