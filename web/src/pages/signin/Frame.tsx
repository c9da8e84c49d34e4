import { SegmentedControl } from '@mantine/core';
import { Headset } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePublicFacts } from '~/api/session';
import { type Language, setLanguage } from '~/i18n';
import { Banner } from '~/ui/Notice';
import css from './Frame.module.css';

/** What stands before the sign-in: the centre's name, the language, one card. */
export function Frame({ title, children }: { title: string; children: ReactNode }) {
  const { t, i18n } = useTranslation();
  const { data } = usePublicFacts();
  return (
    <main className={css.page}>
      <div className={css.column}>
        <div className={css.brand}>
          {data?.logo ? (
            <img className={css.company} src={`/api/v1/logo?v=${data.logo}`} alt={data.name} />
          ) : (
            <span className={css.logo} aria-hidden>
              <Headset size={22} />
            </span>
          )}
          <div>
            <b>{t('common.product')}</b>
            <span>{data?.name}</span>
          </div>
          <SegmentedControl
            size="xs"
            aria-label={t('signin.language')}
            value={i18n.language}
            onChange={(value) => void setLanguage(value as Language)}
            data={[
              { value: 'ru', label: 'Русский' },
              { value: 'en', label: 'English' },
            ]}
          />
        </div>
        {data?.is_demo ? <Banner tone="info">{t('signin.demo')}</Banner> : null}
        <section className={`panel ${css.card}`}>
          <h1>{title}</h1>
          {children}
        </section>
        <p className={css.foot}>{data ? t('signin.version', { version: data.version }) : '\u00a0'}</p>
      </div>
    </main>
  );
}
