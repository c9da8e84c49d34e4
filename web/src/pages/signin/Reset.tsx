import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, Problem, post, problemText } from '~/api/client';
import { Banner, Loading } from '~/ui/Notice';
import { Frame } from './Frame';
import { NewPassword } from './NewPassword';

/** A one-time link from an administrator: a new password without the old one. */
export default function Reset() {
  const { t } = useTranslation();
  const { token } = useParams({ strict: false }) as { token: string };
  const [done, setDone] = useState(false);
  const path = `/api/v1/reset/${encodeURIComponent(token)}`;
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['reset', token],
    queryFn: ({ signal }) => get<{ login: string; name: string }>(path, {}, signal),
    retry: false,
    refetchOnWindowFocus: false,
    enabled: !done,
  });
  const home = (
    <Button component="a" href="/">
      {t('signin.to_sign_in')}
    </Button>
  );
  if (done) {
    return (
      <Frame title={t('signin.reset.done_title')}>
        <p>{t('signin.reset.done_text')}</p>
        {home}
      </Frame>
    );
  }
  if (isPending) {
    return (
      <Frame title={t('signin.reset.title')}>
        <Loading rows={3} />
      </Frame>
    );
  }
  if (error) {
    const isOver = error instanceof Problem && (error.status === 404 || error.status === 409);
    return (
      <Frame title={t('signin.reset.title')}>
        <Banner tone="bad">{isOver ? t('signin.reset.over') : problemText(error)}</Banner>
        {isOver ? (
          home
        ) : (
          <Button variant="default" onClick={() => void refetch()}>
            {t('common.retry')}
          </Button>
        )}
      </Frame>
    );
  }
  return (
    <Frame title={t('signin.reset.title')}>
      <p>{t('signin.reset.text', { name: data.name, login: data.login })}</p>
      <NewPassword
        asksCurrent={false}
        login={data.login}
        word={t('signin.reset.submit')}
        submit={async ({ next }) => {
          await post(path, { new: next }, { anonymous: true, retry: false });
          setDone(true);
        }}
      />
    </Frame>
  );
}
