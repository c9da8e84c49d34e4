import { Button, PasswordInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldErrors, Problem, post, problemText } from '~/api/client';
import { useMe } from '~/api/session';
import { Banner } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Settings.module.css';

const SHORTEST = 12;

export function Password() {
  const { t } = useTranslation();
  const me = useMe();
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const form = useForm({
    initialValues: { current: '', next: '', again: '' },
    validate: {
      current: (value) => (value ? null : t('common.required')),
      next: (value, all) =>
        [...value].length < SHORTEST
          ? t('signin.password_rule', { count: SHORTEST })
          : value === all.current
            ? t('signin.password_same')
            : null,
      again: (value, all) => (value === all.next ? null : t('signin.password_differs')),
    },
  });
  const toggle = { visibilityToggleButtonProps: { 'aria-label': t('signin.show_password') } };
  return (
    <form
      className={css.group}
      noValidate
      onSubmit={form.onSubmit(async ({ current, next }) => {
        setBusy(true);
        setProblem(null);
        try {
          await post('/api/v1/me/password', { current, new: next }, { anonymous: true, retry: false });
          form.reset();
          toast(t('settings.password.done'));
        } catch (error) {
          const code = error instanceof Problem ? error.code : '';
          if (code === 'wrong_password') form.setErrors({ current: problemText(error) });
          else if (code.startsWith('password_')) form.setErrors({ next: problemText(error) });
          else if (fieldErrors(error).new) form.setErrors({ next: fieldErrors(error).new });
          else setProblem(error);
        } finally {
          setBusy(false);
        }
      })}
    >
      {problem ? <Banner tone="bad">{problemText(problem)}</Banner> : null}
      <input type="text" hidden readOnly autoComplete="username" value={me.login} />
      <PasswordInput
        label={t('signin.current_password')}
        autoComplete="current-password"
        {...toggle}
        {...form.getInputProps('current')}
      />
      <PasswordInput
        label={t('signin.new_password')}
        description={t('signin.password_rule', { count: SHORTEST })}
        autoComplete="new-password"
        {...toggle}
        {...form.getInputProps('next')}
      />
      <PasswordInput
        label={t('signin.new_password_again')}
        autoComplete="new-password"
        {...toggle}
        {...form.getInputProps('again')}
      />
      <div>
        <Button type="submit" loading={busy}>
          {t('settings.password.submit')}
        </Button>
      </div>
      <p className={css.hint}>{t('settings.password.hint')}</p>
    </form>
  );
}
