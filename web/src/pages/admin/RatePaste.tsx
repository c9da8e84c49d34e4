import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, problemText } from '~/api/client';
import type { PasteAnswer } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { Chip } from '~/ui/Chip';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';
import own from './Rates.module.css';

/** Lines copied from a table: first looked at, each with what is wrong in it, then set together or not at all. */
export function RatePaste({
  kind,
  onClose,
  onSaved,
}: {
  kind: 'rates' | 'tariffs';
  onClose: () => void;
  onSaved: () => Promise<void>;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [told, setTold] = useState<PasteAnswer | null>(null);
  const send = useMutation({
    mutationFn: (isTrial: boolean) => post<PasteAnswer>(`/api/v1/${kind}/paste`, { text, is_trial: isTrial }),
    onSuccess: async (answer) => {
      setTold(answer);
      if (answer.saved) {
        await onSaved();
        toast(t('rates.paste.saved', { count: answer.saved }));
      }
    },
  });
  const bad = told?.lines.filter((it) => it.refusal) ?? [];
  const mayBeSet = Boolean(told?.lines.length) && !bad.length;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('rates.paste.title')}
      size="xl"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className={css.rows}
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          if (text.trim()) send.mutate(!mayBeSet);
        }}
      >
        <p className={css.hint}>{t(`rates.paste.${kind}`)}</p>
        <Textarea
          label={t('rates.paste.text')}
          placeholder={t(kind === 'rates' ? 'rates.paste.example_rates' : 'rates.paste.example_tariffs')}
          autosize
          minRows={6}
          maxRows={14}
          data-autofocus
          value={text}
          onChange={(e) => {
            setText(e.currentTarget.value);
            setTold(null);
          }}
        />
        <div aria-live="polite" className={own.told}>
          {told && !told.lines.length ? <p className={css.error}>{t('rates.paste.nothing')}</p> : null}
          {bad.length ? <p className={css.error}>{t('rates.paste.bad', { count: bad.length })}</p> : null}
          {told?.lines.length ? (
            <ol className={own.lines}>
              {told.lines.map((it) => (
                <li key={it.number}>
                  <Chip tone={it.refusal ? 'bad' : 'ok'}>{t('rates.paste.line', { number: it.number })}</Chip>
                  <code>{it.text}</code>
                  <span>
                    {it.refusal ? (textOf(`refusals.${it.refusal}`) ?? it.refusal) : t('rates.paste.fits')}
                  </span>
                </li>
              ))}
            </ol>
          ) : null}
        </div>
        {send.error ? (
          <p className={css.error} role="alert">
            {problemText(send.error)}
          </p>
        ) : null}
        <div className={css.actions} style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={send.isPending} disabled={!text.trim()}>
            {t(mayBeSet ? 'rates.paste.save' : 'rates.paste.check')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
