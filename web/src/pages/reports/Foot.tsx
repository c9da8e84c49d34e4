import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { full } from '~/lib/format';
import { Banner } from '~/ui/Notice';
import css from './Reports.module.css';
import { clockSecondsIn } from './zoned';

interface Told {
  zone: string;
  as_of: string;
  behind_since?: string | null;
}

/** Says so while figures are being counted anew. */
export function Behind({ report }: { report: Told }) {
  const { t } = useTranslation();
  return report.behind_since ? (
    <Banner tone="warn">{t('reports.behind', { time: full(report.behind_since) })}</Banner>
  ) : null;
}

/** Whose days these are, and up to when the figures are true. */
export function Foot({ report, children }: { report: Told; children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <p className={css.foot}>
      {t('lists.period.zone', { zone: report.zone })} ·{' '}
      {t('lists.as_of', { time: clockSecondsIn(report.zone, report.as_of) })}
      {children}
    </p>
  );
}
