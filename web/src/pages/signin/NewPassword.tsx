import { Button, PasswordInput, Progress } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldErrors, Problem, problemText } from '~/api/client';
import { Banner } from '~/ui/Notice';

export const SHORTEST = 12;
export const LONGEST = 256;

/** Two fields for a new password, and the present one if asked. Paste is welcome; no rules about characters. */
export function NewPassword({
  asksCurrent,
  submit,
  word,
  login,
}: {
  asksCurrent: boolean;
  submit: (values: { current: string; next: string }) => Promise<void>;
  word: string;
  login: string;
}) {
  const { t } = useTranslation();
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const form = useForm({
    initialValues: { current: '', next: '', again: '' },
    validate: {
      current: (value) => (asksCurrent && !value ? t('common.required') : null),
      next: (value, all) => {
        if ([...value].length < SHORTEST) return t('signin.password_rule', { count: SHORTEST });
        if (value.length > LONGEST) return t('refusals.password_long');
        if (asksCurrent && value === all.current) return t('signin.password_same');
        return null;
      },
      again: (value, all) => (value === all.next ? null : t('signin.password_differs')),
    },
  });
  const length = [...form.values.next].length;
  return (
    <form
      noValidate
      onSubmit={form.onSubmit(async (values) => {
        setBusy(true);
        setProblem(null);
        try {
          await submit(values);
        } catch (error) {
          const errors = fieldErrors(error);
          const at = error instanceof Problem ? error.code : '';
          if (errors.new || errors.current) {
            form.setErrors({ next: errors.new, current: errors.current });
          } else if (/^password_(too_short|short|common|long)/.test(at)) {
            form.setErrors({ next: problemText(error) });
          } else if (at === 'wrong_password') form.setErrors({ current: problemText(error) });
          else setProblem(error);
        } finally {
          setBusy(false);
        }
      })}
    >
      {problem ? <Banner tone="bad">{problemText(problem)}</Banner> : null}
      <input type="text" hidden readOnly autoComplete="username" value={login} />
      {asksCurrent ? (
        <PasswordInput
          label={t('signin.current_password')}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': t('signin.show_password') }}
          {...form.getInputProps('current')}
        />
      ) : null}
      <div>
        <PasswordInput
          label={t('signin.new_password')}
          description={t('signin.password_rule', { count: SHORTEST })}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': t('signin.show_password') }}
          {...form.getInputProps('next')}
        />
        <Progress
          mt={6}
          size={4}
          value={Math.min(100, (length / SHORTEST) * 100)}
          color={length >= SHORTEST ? 'green.8' : 'gray.5'}
          aria-hidden
        />
      </div>
      <PasswordInput
        label={t('signin.new_password_again')}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': t('signin.show_password') }}
        {...form.getInputProps('again')}
      />
      <Button type="submit" loading={busy}>
        {word}
      </Button>
    </form>
  );
}
