import { Button, Drawer, SegmentedControl, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Pause, Play, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, post, problemText, put } from '~/api/client';
import type { PromptKept, PromptRow, SpeechWish } from '~/api/gen/types.gen';
import { duration } from '~/lib/format';
import { useConfirm } from '~/ui/Confirm';
import { ErrorState } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import admin from '../Admin.module.css';
import { refresh } from '../things';
import { FromFile } from './FromFile';
import { FromMicrophone } from './FromMicrophone';
import { FromText } from './FromText';
import { PromptHistory } from './PromptHistory';
import { LANGUAGES, type Language, Places, SITE, soundOf } from './Prompts';
import css from './Prompts.module.css';
import { usePlayback } from './sound';

const WAYS = ['file', 'microphone', 'text'] as const;
const UPLOAD_MS = 120_000;
const NAME = /^[a-z0-9_]{1,60}$/;

/** What a new sound of a prompt is made of. */
export type Made = { file: Blob; source: 'upload' | 'microphone' } | { wish: SpeechWish };

/** One prompt: how it sounds in each language, a new sound for it, its name, its past. */
export function PromptEditor({
  row,
  name: given,
  file,
  onTaken,
  onClose,
  onNamed,
}: {
  /** Null: a new one, or one that is gone. */
  row: PromptRow | null;
  name: string;
  /** Dropped on the page: goes straight to the upload. */
  file: File | null;
  onTaken: () => void;
  onClose: () => void;
  onNamed: (name: string) => void;
}) {
  const { t, i18n } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const isGone = !row && given.startsWith(SITE);
  const [name, setName] = useState(given.replace(SITE, ''));
  const [language, setLanguage] = useState<Language>(i18n.language === 'en' ? 'en' : 'ru');
  const [way, setWay] = useState<(typeof WAYS)[number]>('file');
  const { playing, toggle } = usePlayback(() => toast(t('admin.prompts.not_played'), 'bad'));
  const isFit = NAME.test(name);
  const own = !row?.is_shipped;
  const kept = async () => {
    await refresh(queries);
    toast(t('common.saved'));
  };
  const save = useMutation({
    mutationFn: (made: Made) => {
      const path = `/api/v1/prompts/${language}/site/${name}`;
      return 'wish' in made
        ? put<PromptKept>(`${path}/speech`, made.wish, { timeout: UPLOAD_MS, retry: false })
        : put<PromptKept>(path, undefined, {
            file: made.file,
            query: { source: made.source },
            timeout: UPLOAD_MS,
          });
    },
    onSuccess: async (saved) => {
      onTaken();
      await kept();
      if (!row) onNamed(saved.name.replace(SITE, ''));
    },
  });
  const rename = useMutation({
    mutationFn: () => post(`/api/v1/prompts/site/${row!.name.replace(SITE, '')}/name`, { name }),
    onSuccess: async () => {
      await kept();
      onNamed(name);
    },
    onError: (error) => toast(problemText(error), 'bad'),
  });
  const remove = useMutation({
    mutationFn: async () => {
      for (const one of LANGUAGES) {
        if (row!.seconds[one] !== undefined) await del(`/api/v1/prompts/${one}/${row!.name}`);
      }
    },
    onSuccess: async () => {
      await refresh(queries);
      toast(t('admin.removed'));
      onClose();
    },
    onError: (error) => {
      void refresh(queries);
      toast(problemText(error), 'bad');
    },
  });
  const isUsed = Boolean(row && (row.flows.length || row.queues.length));
  const seconds = row?.seconds[language];
  const isRenamed = row && own && name !== row.name.replace(SITE, '');
  const make = (made: Made) => save.mutate(made);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={640}
      title={row?.name ?? (isGone ? given : t('admin.prompts.new'))}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      overlayProps={{ backgroundOpacity: 0.25 }}
      classNames={{ body: admin.drawerBody!, content: admin.drawer! }}
    >
      <div className={admin.form}>
        <div className={admin.fields}>
          {isGone ? <ErrorState title={t('refusals.unknown_prompt')} text={t('admin.gone')} /> : null}
          {own ? (
            <div className={css.named}>
              <TextInput
                label={t('admin.name')}
                description={t('admin.prompts.name_help')}
                value={name}
                maxLength={60}
                data-autofocus={row || file ? undefined : true}
                error={name && !isFit ? t('refusals.prompt_name_unfit') : null}
                disabled={isUsed}
                onChange={(e) => setName(e.currentTarget.value)}
              />
              {isRenamed ? (
                <Button
                  variant="default"
                  disabled={!isFit}
                  loading={rename.isPending}
                  onClick={() => rename.mutate()}
                >
                  {t('admin.prompts.rename')}
                </Button>
              ) : null}
            </div>
          ) : (
            <p className={admin.hint}>{t('admin.prompts.shipped_help')}</p>
          )}
          {row ? (
            <p className={css.used}>
              {t('admin.prompts.used')}: <Places row={row} />
            </p>
          ) : null}
          <div className={css.named}>
            <SegmentedControl
              aria-label={t('admin.prompts.language.title')}
              value={language}
              onChange={(next) => {
                setLanguage(next as Language);
                save.reset();
              }}
              data={LANGUAGES.map((value) => ({ value, label: t(`admin.prompts.language.${value}`) }))}
            />
            {row && seconds !== undefined ? (
              <Button
                variant="default"
                leftSection={playing ? <Pause size={15} aria-hidden /> : <Play size={15} aria-hidden />}
                onClick={() => toggle('now', soundOf(row, language))}
              >
                {t(playing ? 'common.player.pause' : 'admin.prompts.now', { time: duration(seconds) })}
              </Button>
            ) : (
              <span className="muted">{t('admin.prompts.silent_here')}</span>
            )}
          </div>
          {own ? (
            <fieldset className={admin.fieldset}>
              <legend>{t(seconds === undefined ? 'admin.prompts.make' : 'admin.prompts.replace')}</legend>
              <SegmentedControl
                fullWidth
                aria-label={t('admin.prompts.way.title')}
                value={way}
                onChange={(next) => {
                  setWay(next as typeof way);
                  save.reset();
                }}
                data={WAYS.map((value) => ({ value, label: t(`admin.prompts.way.${value}`) }))}
              />
              {way === 'file' ? (
                <FromFile
                  file={file}
                  canSave={isFit}
                  isSaving={save.isPending}
                  onNamed={(text) => setName((old) => old || text)}
                  onSave={make}
                />
              ) : null}
              {way === 'microphone' ? (
                <FromMicrophone canSave={isFit} isSaving={save.isPending} onSave={make} />
              ) : null}
              {way === 'text' ? (
                <FromText
                  key={language}
                  language={language}
                  name={row ? row.name.replace(SITE, '') : null}
                  canSave={isFit}
                  isSaving={save.isPending}
                  onSave={make}
                />
              ) : null}
              {save.error ? (
                <p className={admin.problems} role="alert">
                  {problemText(save.error)}
                </p>
              ) : null}
            </fieldset>
          ) : null}
          {own && (row || isGone) ? (
            <PromptHistory name={(row?.name ?? given).replace(SITE, '')} onRestored={() => void kept()} />
          ) : null}
        </div>
        <footer className={admin.formFoot}>
          {row && own ? (
            <Button
              variant="subtle"
              className={admin.remove ?? ''}
              leftSection={<Trash2 size={15} aria-hidden />}
              loading={remove.isPending}
              disabled={isUsed}
              onClick={() =>
                void ask({
                  title: t('admin.remove_title', { name: row.name }),
                  text: t('admin.prompts.remove_text'),
                  confirm: t('common.delete'),
                  danger: true,
                }).then((yes) => yes && remove.mutate())
              }
            >
              {t('common.delete')}
            </Button>
          ) : null}
          {isUsed && own ? <span className="muted">{t('admin.prompts.used_help')}</span> : null}
          <span className={admin.push} />
          <Button variant="default" onClick={onClose}>
            {t('common.close')}
          </Button>
        </footer>
      </div>
    </Drawer>
  );
}
