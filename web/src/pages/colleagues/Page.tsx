import { SegmentedControl } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '~/api/session';
import { withWords } from '~/i18n';
import { Loading } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import css from './Colleagues.module.css';

const TABS = {
  directory: lazy(() => import('./Directory')),
  chat: lazy(() => import('./chat/Page')),
  shifts: lazy(async () => (await Promise.all([import('./shifts/Shifts'), withWords('team')]))[0]),
} as const;
type Tab = keyof typeof TABS;

/** What colleagues need of each other around a call. */
export default function ColleaguesPage() {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const chats = useCan('chat.colleagues');
  const seesShifts = [useCan('plan.work'), useCan('direct.agents'), useCan('watch.board')].some(Boolean);
  const tabs = (Object.keys(TABS) as Tab[]).filter((it) =>
    it === 'chat' ? chats : it === 'shifts' ? seesShifts : true,
  );
  const tab = tabs.includes(address.tab as Tab) ? (address.tab as Tab) : 'directory';
  const Content = TABS[tab];
  return (
    <div className={css.page}>
      {tabs.length > 1 ? (
        <SegmentedControl
          className={css.tabs}
          aria-label={t('colleagues.tabs')}
          value={tab}
          onChange={(value) => setAddress({ tab: value })}
          data={tabs.map((value) => ({ value, label: t(`colleagues.tab.${value}`) }))}
        />
      ) : null}
      <Suspense fallback={<Loading rows={8} />}>
        <Content />
      </Suspense>
    </div>
  );
}
