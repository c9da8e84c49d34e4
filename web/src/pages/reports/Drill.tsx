import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '~/api/session';
import { useMeasures } from './Definition';
import css from './Reports.module.css';

export interface Place {
  start: string;
  stop: string;
  queue?: string | undefined;
  agent?: string | undefined;
  /** What a chart's part is narrowed to, as the list of interactions takes it. */
  weekday?: string | undefined;
  hour?: string | undefined;
  over_seconds?: string | undefined;
  up_to_seconds?: string | undefined;
  called?: string | undefined;
  within_days?: string | undefined;
  same_queue?: string | undefined;
}

/** A number that leads to the interactions it was counted of. */
export function Drill({
  measure: name,
  place,
  empty = false,
  isStop = true,
  children,
}: {
  measure: string;
  place: Place;
  /** Nothing stands behind it. */
  empty?: boolean;
  /** Tab stops here; a map of many numbers is gone through by its arrows. */
  isStop?: boolean;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const { measure, source } = useMeasures();
  const may = useCan('view.interactions');
  const drill = measure(name)?.drill;
  if (!drill || !may || empty) return <>{children}</>;
  return (
    <Link
      to="/interactions"
      search={{ drill, measure: name, ...place, ...(source ? { source } : {}) } as never}
      className={css.drill}
      title={t('reports.drill')}
      tabIndex={isStop ? undefined : -1}
      onClick={(e) => e.stopPropagation()}
    >
      {children}
    </Link>
  );
}
