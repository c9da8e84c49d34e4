import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { del, get, post, problemText } from '~/api/client';
import type { DeviceRow, PersonRow } from '~/api/gen/types.gen';
import { Chip } from '~/ui/Chip';
import { useConfirm } from '~/ui/Confirm';
import { ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';
import { Fieldset } from './Editor';
import { Secret } from './Secret';

/** SIP phones of a person: each with a login and a secret of its own, which can be taken away. */
export function PersonDevices({ person }: { person: PersonRow }) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const path = `/api/v1/people/${person.id}/devices`;
  const key = ['admin', 'devices', person.id];
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => get<DeviceRow[]>(path, {}, signal),
    refetchInterval: 10_000,
  });
  const again = () => queries.invalidateQueries({ queryKey: key });
  const tell = (problem: unknown) => toast(problemText(problem), 'bad');
  const add = useMutation({
    mutationFn: () => post<DeviceRow>(path, { kind: 'sip' }),
    onSuccess: again,
    onError: tell,
  });
  const revoke = useMutation({
    mutationFn: (id: number) => del(`${path}/${id}`),
    onSuccess: again,
    onError: tell,
  });
  const phones = data?.filter((it) => it.kind === 'sip');
  return (
    <Fieldset title={t('admin.people.phones')} hint={t('admin.people.phones_help')}>
      {error && !data ? <ErrorState text={problemText(error)} onRetry={() => void refetch()} /> : null}
      {!phones && !error ? <Loading rows={2} /> : null}
      {phones?.length ? (
        <ul className={css.devices}>
          {phones.map((phone) => (
            <li key={phone.id}>
              <div>
                <code>{phone.login}</code>
                <span className="muted"> · {phone.server}</span>
              </div>
              <Chip tone={phone.registered ? 'ok' : 'mute'}>
                {t(phone.registered ? 'admin.people.registered' : 'admin.people.unregistered')}
              </Chip>
              <Button
                size="compact-sm"
                variant="default"
                loading={revoke.isPending && revoke.variables === phone.id}
                onClick={() =>
                  void ask({
                    title: t('admin.people.revoke_title', { login: phone.login }),
                    text: t('admin.people.revoke_text'),
                    confirm: t('admin.people.revoke'),
                    danger: true,
                  }).then((yes) => yes && revoke.mutate(phone.id))
                }
              >
                {t('admin.people.revoke')}
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
      {add.data?.secret ? (
        <Secret
          text={t('admin.secret_once')}
          lines={[
            [t('admin.people.sip_login'), add.data.login],
            [t('admin.people.sip_server'), add.data.server],
            [t('admin.people.sip_secret'), add.data.secret],
          ]}
        />
      ) : null}
      <div>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Plus size={14} aria-hidden />}
          loading={add.isPending}
          onClick={() => add.mutate()}
        >
          {t('admin.people.add_phone')}
        </Button>
      </div>
    </Fieldset>
  );
}
