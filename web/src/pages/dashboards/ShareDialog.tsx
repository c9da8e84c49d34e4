import { Button, Group, Modal, MultiSelect, Switch } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText, put } from '~/api/client';
import type { DashboardFull, TileChoices } from '~/api/gen/types.gen';
import { named } from '~/api/session';
import { toast } from '~/ui/toast';
import css from './Edit.module.css';

/** Who may look: everybody, people with a role, people of a team. Only the owner changes anything. */
export function ShareDialog({ found, onClose }: { found: DashboardFull; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [share, setShare] = useState(found.share);
  const { data: choices } = useQuery({
    queryKey: ['dashboards', 'choices'],
    queryFn: ({ signal }) => get<TileChoices>('/api/v1/dashboards/choices', {}, signal),
    staleTime: 60_000,
  });
  const save = useMutation({
    mutationFn: () =>
      put<DashboardFull>(`/api/v1/dashboards/${found.id}`, {
        name: found.name,
        tiles: found.layout,
        share,
        version: found.version,
      }),
    onSuccess: (saved) => {
      queries.setQueryData(['dashboards', found.id], saved);
      void queries.invalidateQueries({ queryKey: ['dashboards', 'all'] });
      toast(t('dashboards.share.saved'));
      onClose();
    },
    onError: (error) => toast(problemText(error), 'bad'),
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('dashboards.share.title', { name: found.name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <div className={css.form}>
        <p className={css.help}>{t('dashboards.share.help')}</p>
        <Switch
          label={t('dashboards.share.everybody')}
          checked={share.everybody ?? false}
          onChange={(e) => setShare({ ...share, everybody: e.currentTarget.checked })}
        />
        {share.everybody ? null : (
          <>
            <MultiSelect
              label={t('dashboards.share.roles')}
              value={(share.role_ids ?? []).map(String)}
              data={(choices?.roles ?? []).map((role) => ({ value: String(role.id), label: named(role) }))}
              onChange={(value) => setShare({ ...share, role_ids: value.map(Number) })}
            />
            <MultiSelect
              label={t('dashboards.share.teams')}
              searchable
              value={(share.team_ids ?? []).map(String)}
              data={(choices?.teams ?? []).map((team) => ({ value: String(team.id), label: team.name }))}
              onChange={(value) => setShare({ ...share, team_ids: value.map(Number) })}
            />
          </>
        )}
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button loading={save.isPending} onClick={() => save.mutate()}>
            {t('common.save')}
          </Button>
        </Group>
      </div>
    </Modal>
  );
}
