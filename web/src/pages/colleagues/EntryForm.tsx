import { Button, Modal, MultiSelect, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { fieldErrors, post, problemText, put } from '~/api/client';
import type { EntryFields, EntryRow } from '~/api/gen';
import { useCan } from '~/api/session';
import { PhoneField } from '~/ui/PhoneField';
import css from './Colleagues.module.css';

const PATH = '/api/v1/directory/entries';

/** Somebody outside: who he is, his number, and who finds him. */
export default function EntryForm({
  entry,
  teams,
  onClose,
}: {
  entry: EntryRow | null;
  teams: Record<string, string>;
  onClose: (saved: boolean) => void;
}) {
  const { t } = useTranslation();
  const keeps = useCan('manage.directory');
  const form = useForm<Required<EntryFields>>({
    initialValues: {
      name: entry?.name ?? '',
      company: entry?.company ?? '',
      number: entry?.number ?? '',
      note: entry?.note ?? '',
      seen_by: entry?.seen_by ?? (keeps ? 'all' : 'own'),
      team_ids: entry?.team_ids ?? [],
    },
  });
  const save = useMutation({
    mutationFn: (body: EntryFields) => (entry ? put(`${PATH}/${entry.id}`, body) : post(PATH, body)),
    onSuccess: () => onClose(true),
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  });
  const seen = ['all', 'teams', 'own'] as const;
  return (
    <Modal
      opened
      onClose={() => onClose(false)}
      title={t(entry ? 'colleagues.form.change' : 'colleagues.form.add')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form className={css.form} onSubmit={form.onSubmit((body) => save.mutate(body))}>
        <TextInput
          label={t('colleagues.form.name')}
          required
          maxLength={120}
          data-autofocus
          {...form.getInputProps('name')}
        />
        <PhoneField
          label={t('colleagues.form.number')}
          required
          value={form.values.number}
          onChange={(value) => form.setFieldValue('number', value)}
          error={form.errors.number}
        />
        <TextInput label={t('colleagues.form.company')} maxLength={120} {...form.getInputProps('company')} />
        <Textarea
          label={t('colleagues.form.note')}
          description={t('colleagues.form.note_help')}
          maxLength={500}
          autosize
          minRows={2}
          {...form.getInputProps('note')}
        />
        {keeps ? (
          <>
            <div>
              <div className={css.label}>{t('colleagues.form.seen_by')}</div>
              <SegmentedControl
                fullWidth
                aria-label={t('colleagues.form.seen_by')}
                data={seen.map((value) => ({ value, label: t(`colleagues.seen.${value}`) }))}
                {...form.getInputProps('seen_by')}
              />
            </div>
            {form.values.seen_by === 'teams' ? (
              <MultiSelect
                label={t('colleagues.form.teams')}
                data={Object.entries(teams).map(([value, label]) => ({ value, label }))}
                value={form.values.team_ids.map(String)}
                onChange={(ids) => form.setFieldValue('team_ids', ids.map(Number))}
                error={form.errors.team_ids}
                searchable
              />
            ) : null}
          </>
        ) : (
          <p className="muted">{t('colleagues.form.own_only')}</p>
        )}
        {save.error && !Object.keys(form.errors).length ? (
          <p role="alert" className={css.bad}>
            {problemText(save.error)}
          </p>
        ) : null}
        <div className={css.acts}>
          <Button type="submit" loading={save.isPending}>
            {t('common.save')}
          </Button>
          <Button variant="subtle" onClick={() => onClose(false)}>
            {t('common.cancel')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
