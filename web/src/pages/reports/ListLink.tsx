import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import css from './Reports.module.css';

/** A number that leads to the list of interactions with these filters; plain text without them. */
export function ListLink({
  search,
  children,
}: {
  search: Record<string, string | undefined> | null;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  if (!search) return <>{children}</>;
  return (
    <Link
      to="/interactions"
      search={search as never}
      className={css.drill}
      title={t('reports.drill')}
      onClick={(e) => e.stopPropagation()}
    >
      {children}
    </Link>
  );
}
