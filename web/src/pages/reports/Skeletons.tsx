import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import css from './Reports.module.css';

/** The shape of a report before it comes: nothing jumps when it does. */
export function Skeletons() {
  const { t } = useTranslation();
  return (
    <div className={css.skeletons} role="status" aria-label={t('common.loading')}>
      <div className={css.skeletonStrip}>
        {Array.from({ length: 6 }, (_, i) => (
          <Skeleton key={i} height={82} radius={10} />
        ))}
      </div>
      <Skeleton height={232} radius={10} />
      <Skeleton height={220} radius={10} />
    </div>
  );
}
