import { SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe, usePreferences } from '~/api/session';
import type { Density, Theme } from '~/api/types';
import css from './Settings.module.css';

const THEMES: Theme[] = ['auto', 'light', 'dark'];
const DENSITIES: Density[] = ['compact', 'normal', 'comfortable'];

export function Appearance() {
  const { t } = useTranslation();
  const me = useMe();
  const [, setPreferences] = usePreferences();
  return (
    <>
      <Choice title={t('settings.appearance.language')}>
        <SegmentedControl
          aria-label={t('settings.appearance.language')}
          value={me.language}
          data={[
            { value: 'ru', label: 'Русский' },
            { value: 'en', label: 'English' },
          ]}
          onChange={(value) => setPreferences({ language: value as 'ru' | 'en' })}
        />
      </Choice>
      <Choice title={t('settings.appearance.theme')}>
        <SegmentedControl
          aria-label={t('settings.appearance.theme')}
          value={me.theme}
          data={THEMES.map((value) => ({ value, label: t(`settings.appearance.themes.${value}`) }))}
          onChange={(value) => setPreferences({ theme: value as Theme })}
        />
      </Choice>
      <Choice title={t('settings.appearance.density')}>
        <SegmentedControl
          aria-label={t('settings.appearance.density')}
          value={me.density}
          data={DENSITIES.map((value) => ({ value, label: t(`settings.appearance.densities.${value}`) }))}
          onChange={(value) => setPreferences({ density: value as Density })}
        />
      </Choice>
    </>
  );
}

function Choice({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <div className={css.label}>{title}</div>
      {children}
    </div>
  );
}
