import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, Problem, post, problemText } from '~/api/client';
import type { Me } from '~/api/types';
import { Banner } from '~/ui/Notice';
import { Frame } from './Frame';

const ENDED = ['signed_out', 'blocked', 'elsewhere'] as const;
type Ended = (typeof ENDED)[number];

export default function SignInPage({ onDone }: { onDone: (me: Me) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const because = queries.getQueryData<string>(['signed-out-because']);
  const [problem, setProblem] = useState<unknown>(null);
  const [waitUntil, setWaitUntil] = useState(0);
  const [busy, setBusy] = useState(false);
  const form = useForm({
    initialValues: { login: '', password: '' },
    validate: {
      login: (value) => (value.trim() ? null : t('common.required')),
      password: (value) => (value ? null : t('common.required')),
    },
  });
  const left = useSecondsLeft(waitUntil);

  const submit = form.onSubmit(async ({ login, password }) => {
    setBusy(true);
    setProblem(null);
    try {
      const answer = await post<{ person?: Me; must_change_password?: boolean }>(
        '/api/v1/sign-in',
        { login: login.trim(), password },
        { anonymous: true, retry: false },
      );
      queries.removeQueries({ queryKey: ['signed-out-because'] });
      const me = answer.person ?? (await get<Me>('/api/v1/me'));
      onDone({ ...me, must_change_password: answer.must_change_password ?? me.must_change_password });
    } catch (error) {
      setProblem(error);
      if (error instanceof Problem && error.status === 429) {
        setWaitUntil(Date.now() + Number(error.facts.retry_after_seconds ?? 5) * 1000);
      }
      if (error instanceof Problem && error.status === 401) form.setFieldValue('password', '');
    } finally {
      setBusy(false);
    }
  });

  return (
    <Frame title={t('signin.title')}>
      {because && !problem ? (
        <Banner tone="warn">
          {t(`signin.ended.${ENDED.includes(because as Ended) ? (because as Ended) : 'signed_out'}`)}
        </Banner>
      ) : null}
      {problem ? (
        <Banner tone="bad">{left > 0 ? t('signin.wait', { count: left }) : problemText(problem)}</Banner>
      ) : null}
      <form onSubmit={submit} noValidate>
        <TextInput
          label={t('signin.login')}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          size="md"
          {...form.getInputProps('login')}
        />
        <PasswordInput
          label={t('signin.password')}
          autoComplete="current-password"
          size="md"
          visibilityToggleButtonProps={{ 'aria-label': t('signin.show_password') }}
          {...form.getInputProps('password')}
        />
        <Button type="submit" size="md" loading={busy} disabled={left > 0}>
          {t('signin.submit')}
        </Button>
      </form>
      <p>{t('signin.forgotten')}</p>
    </Frame>
  );
}

function useSecondsLeft(until: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    if (until <= Date.now()) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [until]);
  return Math.max(0, Math.ceil((until - now) / 1000));
}
