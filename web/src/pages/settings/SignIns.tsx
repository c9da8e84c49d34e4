import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { del, get, problemText } from '~/api/client';
import type { SignIn } from '~/api/types';
import { when } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import { useConfirm } from '~/ui/Confirm';
import { ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Settings.module.css';

/** Where this person is signed in, and the way to end it there. */
export function SignIns() {
  const { t } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ['me', 'sign-ins'],
    queryFn: ({ signal }) => get<SignIn[]>('/api/v1/me/sign-ins', {}, signal),
  });
  const end = useMutation({
    mutationFn: (id: number) => del(`/api/v1/me/sign-ins/${id}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['me', 'sign-ins'] }),
    onError: (problem) => toast(problemText(problem), 'bad'),
  });
  if (error && !data) return <ErrorState text={problemText(error)} onRetry={() => void refetch()} />;
  if (!data) return <Loading rows={3} />;
  return (
    <>
      <p className={css.hint}>{t('settings.sign_ins.hint')}</p>
      <ul className={css.signIns}>
        {data.map((it) => (
          <li key={it.id}>
            <div>
              <b>{it.browser || t('settings.sign_ins.unknown')}</b>
              <p className={css.hint}>
                {[
                  it.address,
                  t('settings.sign_ins.since', { time: when(it.started_at) }),
                  t('settings.sign_ins.seen', { time: when(it.last_seen_at) }),
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </p>
            </div>
            {it.is_this ? (
              <Chip tone="ok">{t('settings.sign_ins.this')}</Chip>
            ) : (
              <Button
                size="xs"
                variant="default"
                loading={end.isPending && end.variables === it.id}
                onClick={() =>
                  void ask({
                    title: t('settings.sign_ins.end_title'),
                    text: t('settings.sign_ins.end_text', { browser: it.browser || it.address }),
                    confirm: t('settings.sign_ins.end'),
                    danger: true,
                  }).then((yes) => yes && end.mutate(it.id))
                }
              >
                {t('settings.sign_ins.end')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
