import { TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { Pair } from './Editor';

/** A name in both languages. */
export function NamePair<Values extends { name_ru: string; name_en: string }>({
  form,
}: {
  form: UseFormReturnType<Values>;
}) {
  const { t } = useTranslation();
  return (
    <Pair>
      <TextInput label={t('admin.name_ru')} required data-autofocus {...form.getInputProps('name_ru')} />
      <TextInput label={t('admin.name_en')} required {...form.getInputProps('name_en')} />
    </Pair>
  );
}
