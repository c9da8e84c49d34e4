import { Link, Navigate, useParams } from '@tanstack/react-router';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '~/api/session';
import { EmptyState, Loading } from '~/ui/Notice';
import css from './Admin.module.css';
import { areasOf, GROUPS } from './areas';

/** Everything that is set up, by kind at the left. */
export default function AdminPage() {
  const { t } = useTranslation();
  const me = useMe();
  const { area: key } = useParams({ strict: false }) as { area?: string };
  const areas = areasOf(me);
  const area = areas.find((it) => it.key === key);
  if (!area) {
    // A link to what this person may not open leads to what he may.
    return areas[0] ? (
      <Navigate to={`/admin/${areas[0].key}`} replace />
    ) : (
      <EmptyState title={t('admin.nothing')} />
    );
  }
  const { Content } = area;
  return (
    <div className={css.page}>
      <nav className={`panel ${css.nav}`} aria-label={t('shell.page.admin')}>
        {GROUPS.map((group) => {
          const inside = areas.filter((it) => it.group === group);
          return inside.length ? (
            <div key={group} className={css.group}>
              <h2>{t(`admin.group.${group}`)}</h2>
              <ul>
                {inside.map((it) => {
                  const Icon = it.icon;
                  return (
                    <li key={it.key}>
                      <Link
                        to={`/admin/${it.key}`}
                        className={css.link}
                        aria-current={it.key === area.key ? 'page' : undefined}
                      >
                        <Icon size={16} aria-hidden />
                        <span>{t(`admin.${it.key}.title`)}</span>
                      </Link>
                    </li>
                  );
                })}
              </ul>
            </div>
          ) : null;
        })}
      </nav>
      <Suspense
        fallback={
          <section className="panel">
            <Loading rows={10} />
          </section>
        }
      >
        <Content key={area.key} />
      </Suspense>
    </div>
  );
}
