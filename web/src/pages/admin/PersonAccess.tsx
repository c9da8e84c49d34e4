import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban, Link2, LogOut, ShieldCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { post, problemText } from '~/api/client';
import type { PersonRow, ResetLink } from '~/api/gen/types.gen';
import { useMe } from '~/api/session';
import { dayTime } from '~/lib/format';
import { useConfirm } from '~/ui/Confirm';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';
import { Fieldset } from './Editor';
import { Secret } from './Secret';
import { refresh } from './things';

/** Who may sign in: a link for a new password, an end to what is open, a block. Done at once. */
export function PersonAccess({ person }: { person: PersonRow }) {
  const { t } = useTranslation();
  const me = useMe();
  const ask = useConfirm();
  const queries = useQueryClient();
  const path = `/api/v1/people/${person.id}`;
  const tell = (problem: unknown) => toast(problemText(problem), 'bad');
  const link = useMutation({ mutationFn: () => post<ResetLink>(`${path}/reset-link`), onError: tell });
  const act = useMutation({
    mutationFn: (what: 'block' | 'unblock' | 'end-sign-ins') => post<PersonRow>(`${path}/${what}`),
    onSuccess: async (_, what) => {
      await refresh(queries);
      toast(t(`admin.people.done.${what}`));
    },
    onError: tell,
  });
  const isMe = me.person_id === person.id;
  if (person.is_robot) return null;
  return (
    <Fieldset title={t('admin.people.access')}>
      <div className={css.actions}>
        <Button
          variant="default"
          leftSection={<Link2 size={15} aria-hidden />}
          loading={link.isPending}
          onClick={() => link.mutate()}
        >
          {t('admin.people.reset_link')}
        </Button>
        <Button
          variant="default"
          leftSection={<LogOut size={15} aria-hidden />}
          disabled={!person.signed_in}
          loading={act.isPending && act.variables === 'end-sign-ins'}
          onClick={() =>
            void ask({
              title: t('admin.people.end_title', { name: person.name }),
              text: t('admin.people.end_text'),
              confirm: t('admin.people.end'),
              danger: true,
            }).then((yes) => yes && act.mutate('end-sign-ins'))
          }
        >
          {t('admin.people.end')}
        </Button>
        {person.is_blocked ? (
          <Button
            variant="default"
            leftSection={<ShieldCheck size={15} aria-hidden />}
            loading={act.isPending && act.variables === 'unblock'}
            onClick={() => act.mutate('unblock')}
          >
            {t('admin.people.unblock')}
          </Button>
        ) : (
          <Button
            variant="default"
            color="red.9"
            leftSection={<Ban size={15} aria-hidden />}
            disabled={isMe}
            loading={act.isPending && act.variables === 'block'}
            onClick={() =>
              void ask({
                title: t('admin.people.block_title', { name: person.name }),
                text: t('admin.people.block_text'),
                confirm: t('admin.people.block'),
                danger: true,
              }).then((yes) => yes && act.mutate('block'))
            }
          >
            {t('admin.people.block')}
          </Button>
        )}
      </div>
      {link.data ? (
        <Secret
          text={t('admin.people.reset_text', { name: person.name, time: dayTime(link.data.expires_at) })}
          lines={[[t('admin.people.link'), link.data.url]]}
        />
      ) : null}
    </Fieldset>
  );
}
