import { Button, FileButton, Group } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ImageUp, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { del, problemText, put } from '~/api/client';
import { usePublicFacts } from '~/api/session';
import { Banner } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';

const PATH = '/api/v1/logo';

/** The company's logo: on the sign-in page, the wallboard, papers and mailed reports. */
export function Logo() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { data } = usePublicFacts();
  const done = async (text: string) => {
    await queries.invalidateQueries({ queryKey: ['public'] });
    toast(text);
  };
  const save = useMutation({
    mutationFn: (file: File) => put(PATH, undefined, { file }),
    onSuccess: () => done(t('common.saved')),
  });
  const remove = useMutation({
    mutationFn: () => del(PATH),
    onSuccess: () => done(t('admin.logo.removed')),
  });
  const problem = save.error ?? remove.error;
  return (
    <section className={css.logo} aria-labelledby="logo-title">
      <h3 id="logo-title">{t('admin.logo.title')}</h3>
      <p className="muted">{t('admin.logo.help')}</p>
      {problem ? <Banner tone="bad">{problemText(problem)}</Banner> : null}
      <Group>
        {data?.logo ? <img src={`${PATH}?v=${data.logo}`} alt={t('admin.logo.title')} /> : null}
        <FileButton accept="image/png,image/jpeg" onChange={(file) => file && save.mutate(file)}>
          {(props) => (
            <Button
              {...props}
              variant="default"
              loading={save.isPending}
              leftSection={<ImageUp size={15} aria-hidden />}
            >
              {t(data?.logo ? 'admin.logo.change' : 'admin.logo.choose')}
            </Button>
          )}
        </FileButton>
        {data?.logo ? (
          <Button
            variant="default"
            loading={remove.isPending}
            leftSection={<Trash2 size={15} aria-hidden />}
            onClick={() => remove.mutate()}
          >
            {t('common.delete')}
          </Button>
        ) : null}
      </Group>
    </section>
  );
}
