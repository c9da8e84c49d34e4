import { ActionIcon, Button, Menu, Select, Tooltip } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CalendarDays, FolderOpen, Save, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, get, post, problemText, put } from '~/api/client';
import type { KeptScenario, KeptScenarioTree, Scenario } from '~/api/gen/types.gen';
import { useConfirm } from '~/ui/Confirm';
import { DayField } from '~/ui/DayField';
import { toast } from '~/ui/toast';
import { useToday } from '~/ui/useToday';
import { EXAMPLE, type Named, type Tree } from './tree';
import css from './WhatIf.module.css';

const PATH = '/api/v1/planning/scenarios';
const WEEKDAYS = ['0', '1', '2', '3', '4', '5', '6'] as const;

/** Where a scenario comes from, and where it is kept. */
export function Sources({ current, onTake }: { current: Named; onTake: (scenario: Named) => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const confirm = useConfirm();
  const today = useToday();
  const [day, setDay] = useState(today);
  const [weekday, setWeekday] = useState<string>('0');
  const kept = useQuery({
    queryKey: ['planning', 'scenarios'],
    queryFn: ({ signal }) => get<KeptScenario[]>(PATH, {}, signal),
  });
  const refresh = () => client.invalidateQueries({ queryKey: ['planning', 'scenarios'] });
  const failed = (error: unknown) => toast(problemText(error), 'bad');
  const learn = useMutation({
    mutationFn: (query: Record<string, string>) => get<Scenario>(`${PATH}/centre`, query),
    onSuccess: (found, query) =>
      onTake({
        name: query.day
          ? t('whatif.source.day_name', { day: query.day })
          : t(`whatif.weekday.${(query.weekday ?? '0') as (typeof WEEKDAYS)[number]}`),
        tree: found.tree as Tree,
      }),
    onError: failed,
  });
  const open = useMutation({
    mutationFn: (id: number) => get<KeptScenarioTree>(`${PATH}/${id}`),
    onSuccess: (found) => onTake({ name: found.name, tree: found.tree as Tree }),
    onError: failed,
  });
  const save = useMutation({
    mutationFn: (scenario: Named) => {
      const same = kept.data?.find((one) => one.name === scenario.name);
      return same
        ? put<KeptScenarioTree>(`${PATH}/${same.scenario_id}`, scenario)
        : post<KeptScenarioTree>(PATH, scenario);
    },
    onSuccess: (found) => {
      toast(t('whatif.source.saved', { name: found.name }));
      void refresh();
    },
    onError: failed,
  });
  const remove = useMutation({
    mutationFn: (id: number) => del(`${PATH}/${id}`),
    onSuccess: refresh,
    onError: failed,
  });
  return (
    <div className={css.sources}>
      <div className={css.source}>
        <DayField label={t('whatif.source.day')} value={day} onChange={setDay} />
        <Button
          variant="default"
          leftSection={<CalendarDays size={15} aria-hidden />}
          loading={learn.isPending && learn.variables?.day !== undefined}
          onClick={() => learn.mutate({ day })}
        >
          {t('whatif.source.take')}
        </Button>
      </div>
      <div className={css.source}>
        <Select
          label={t('whatif.source.weekday')}
          value={weekday}
          onChange={(value) => setWeekday(value ?? '0')}
          data={WEEKDAYS.map((value) => ({ value, label: t(`whatif.weekday.${value}`) }))}
          allowDeselect={false}
        />
        <Button
          variant="default"
          leftSection={<CalendarDays size={15} aria-hidden />}
          loading={learn.isPending && learn.variables?.weekday !== undefined}
          onClick={() => learn.mutate({ weekday })}
        >
          {t('whatif.source.take')}
        </Button>
      </div>
      <div className={css.source}>
        <Button variant="subtle" onClick={() => onTake({ name: t('whatif.source.example'), tree: EXAMPLE })}>
          {t('whatif.source.example')}
        </Button>
        <Menu position="bottom-end" width={300}>
          <Menu.Target>
            <Button variant="default" leftSection={<FolderOpen size={15} aria-hidden />}>
              {t('whatif.source.kept')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {kept.data?.length ? (
              kept.data.map((one) => (
                <div key={one.scenario_id} className={css.kept}>
                  <Menu.Item onClick={() => open.mutate(one.scenario_id)}>{one.name}</Menu.Item>
                  <ActionIcon
                    variant="subtle"
                    aria-label={t('whatif.source.remove', { name: one.name })}
                    onClick={async () => {
                      const sure = await confirm({
                        title: t('whatif.source.remove', { name: one.name }),
                        text: t('whatif.source.remove_text'),
                        confirm: t('whatif.source.remove_yes'),
                        danger: true,
                      });
                      if (sure) remove.mutate(one.scenario_id);
                    }}
                  >
                    <Trash2 size={15} aria-hidden />
                  </ActionIcon>
                </div>
              ))
            ) : (
              <Menu.Label>{t('whatif.source.nothing')}</Menu.Label>
            )}
          </Menu.Dropdown>
        </Menu>
        <Tooltip label={t('whatif.source.save', { name: current.name })}>
          <ActionIcon
            variant="default"
            size={34}
            aria-label={t('whatif.source.save', { name: current.name })}
            loading={save.isPending}
            onClick={() => save.mutate(current)}
          >
            <Save size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </div>
    </div>
  );
}
