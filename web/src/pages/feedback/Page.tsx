import { SegmentedControl } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useCan } from '~/api/session';
import { useAddress } from '~/ui/useAddress';
import css from './Feedback.module.css';
import { Outbox } from './Outbox';
import { Surveys } from './Surveys';
import { Votings } from './Votings';

const TABS = ['surveys', 'votings', 'outbox'] as const;
type Tab = (typeof TABS)[number];

/** What customers say when they are asked, how they vote, and the texts that are meant for them. */
export default function FeedbackPage() {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const lists = useCan('view.interactions');
  const tabs = TABS.filter((it) => it !== 'outbox' || lists);
  const tab: Tab = tabs.includes(address.tab as Tab) ? (address.tab as Tab) : 'surveys';
  const choice = (
    <SegmentedControl
      aria-label={t('feedback.tabs')}
      value={tab}
      onChange={(value) => setAddress({ tab: value })}
      data={tabs.map((value) => ({ value, label: t(`feedback.tab.${value}`) }))}
    />
  );
  return (
    <div
      className={css.page}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
      tabIndex={0}
    >
      {tab === 'surveys' ? (
        <Surveys choice={choice} />
      ) : tab === 'votings' ? (
        <Votings choice={choice} />
      ) : (
        <Outbox choice={choice} />
      )}
    </div>
  );
}
