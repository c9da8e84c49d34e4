import { SegmentedControl } from '@mantine/core';
import { type ComponentType, lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { withWords } from '~/i18n';
import { Loading } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import css from './Planning.module.css';

/* A new view is one line here and its words in i18n/<language>/planning.json. */
const VIEWS = {
  calculator: lazy(() => import('./calculator/Calculator')),
  staffing: lazy(() => import('./calculator/Staffing')),
  what_if: lazy(async () => {
    const [view] = await Promise.all([import('./whatif/WhatIf'), withWords('whatif')]);
    return view;
  }),
} satisfies Record<string, ComponentType>;
type View = keyof typeof VIEWS;
const KEYS = Object.keys(VIEWS) as View[];

/** Load against people: formulas, the staffing of a day, the twin. */
export default function PlanningPage() {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const view: View = KEYS.find((it) => it === address.view) ?? 'calculator';
  const Content = VIEWS[view];
  return (
    <div
      className={css.page}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
      tabIndex={0}
    >
      <div className={css.tools}>
        <SegmentedControl
          aria-label={t('planning.views')}
          value={view}
          onChange={(value) => setAddress({ view: value })}
          data={KEYS.map((value) => ({ value, label: t(`planning.view.${value}`) }))}
        />
      </div>
      <Suspense fallback={<Loading rows={10} />}>
        <Content key={view} />
      </Suspense>
    </div>
  );
}
