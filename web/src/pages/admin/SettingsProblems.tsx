import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import type { SettingsProblemRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { textOf } from '~/i18n';
import { Banner } from '~/ui/Notice';
import css from './Admin.module.css';

/** What cannot work as it is set up: a calm list above the queues, nothing when all is well. */
export function SettingsProblems({ onOpen }: { onOpen: (queueId: number) => void }) {
  const { t } = useTranslation();
  const mayQueues = useCan('manage.queues');
  const mayPeople = useCan('manage.people');
  const found = useQuery({
    queryKey: ['admin', 'settings-problems'],
    queryFn: ({ signal }) => get<SettingsProblemRow[]>('/api/v1/configuration/problems', {}, signal),
    enabled: mayQueues || mayPeople,
  }).data;
  if (!found?.length) return null;
  return (
    <Banner tone="info">
      {t('admin.queues.problems.title')}
      <ul className={css.settingsProblems}>
        {found.map((one) => {
          const text =
            textOf(`admin.queues.problems.${one.code}`, { ...one.facts, name: one.name }) ?? one.code;
          return (
            <li key={`${one.kind} ${one.id} ${one.place}`}>
              {one.kind === 'queue' ? (
                <button type="button" className={css.settingsProblem} onClick={() => onOpen(one.id)}>
                  {text}
                </button>
              ) : (
                text
              )}
            </li>
          );
        })}
      </ul>
    </Banner>
  );
}
