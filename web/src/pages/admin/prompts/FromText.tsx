import { Button, Select, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Pause, Play } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { PromptChange, SpeechEngine, SpeechWish } from '~/api/gen/types.gen';
import { ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import type { Made } from './PromptEditor';
import type { Language } from './Prompts';
import css from './Prompts.module.css';
import { usePlayback } from './sound';

const SPEECH_MS = 90_000;
const PACES = ['slow', 'usual', 'fast'] as const;
const LONGEST = 2000;

/** Spoken by a program of the server; those that are not installed are named, with what they would bring. */
export function FromText({
  language,
  name,
  canSave,
  isSaving,
  onSave,
}: {
  language: Language;
  /** Whose last text is shown to begin with. */
  name: string | null;
  canSave: boolean;
  isSaving: boolean;
  onSave: (made: Made) => void;
}) {
  const { t } = useTranslation();
  const engines = useQuery({
    queryKey: ['admin', 'prompts', 'engines'],
    queryFn: ({ signal }) => get<SpeechEngine[]>('/api/v1/prompts/engines', {}, signal),
  });
  const history = useQuery({
    queryKey: ['admin', 'prompts', 'history', name],
    queryFn: ({ signal }) => get<PromptChange[]>(`/api/v1/prompts/site/${name}/history`, {}, signal),
    enabled: name !== null,
  });
  const [typed, setTyped] = useState<Partial<SpeechWish>>({});
  const { playing, toggle } = usePlayback(() => toast(t('admin.prompts.not_played'), 'bad'));
  const spoken = history.data?.find((it) => it.source === 'speech' && it.language === language);
  const voices = (engines.data ?? []).flatMap((engine) =>
    engine.voices
      .filter((voice) => voice.language === language)
      .map((voice) => ({ engine, name: voice.name, value: `${engine.name} ${voice.name}` })),
  );
  const chosen =
    voices.find((it) => it.engine.name === typed.engine && it.name === typed.voice) ??
    voices.find((it) => it.engine.name === spoken?.engine && it.name === spoken.voice) ??
    voices[0];
  const text = typed.text ?? spoken?.text ?? '';
  const pace = typed.pace ?? PACES.find((it) => it === spoken?.pace) ?? 'usual';
  const wish: SpeechWish = {
    text,
    pace: chosen?.engine.has_pace ? pace : 'usual',
    engine: chosen?.engine.name ?? '',
    voice: chosen?.name ?? '',
  };
  const hear = useMutation({
    mutationFn: () =>
      post<Blob>(`/api/v1/prompts/${language}/speech`, wish, { timeout: SPEECH_MS, retry: false }),
    onSuccess: (sound) => toggle('spoken', sound),
  });
  if (engines.error && !engines.data) {
    return <ErrorState text={problemText(engines.error)} onRetry={() => void engines.refetch()} />;
  }
  if (!engines.data || (name !== null && history.isPending)) return <Loading rows={3} />;
  const missing = engines.data.filter((it) => !it.voices.some((voice) => voice.language === language));
  return (
    <div className={css.drop}>
      {chosen ? (
        <>
          <Textarea
            label={t('admin.prompts.text')}
            autosize
            minRows={3}
            maxRows={8}
            maxLength={LONGEST}
            lang={language}
            value={text}
            onChange={(e) => setTyped({ ...typed, text: e.currentTarget.value })}
          />
          <div className={css.pair}>
            <Select
              label={t('admin.prompts.voice')}
              allowDeselect={false}
              data={voices.map(({ value, engine, name: voice }) => ({
                value,
                label: `${voice} · ${engine.name}`,
              }))}
              value={chosen.value}
              onChange={(value) => {
                const it = voices.find((one) => one.value === value);
                if (it) setTyped({ ...typed, engine: it.engine.name, voice: it.name });
              }}
            />
            <Select
              label={t('admin.prompts.pace.title')}
              allowDeselect={false}
              disabled={!chosen.engine.has_pace}
              data={PACES.map((value) => ({ value, label: t(`admin.prompts.pace.${value}`) }))}
              value={wish.pace ?? 'usual'}
              onChange={(value) => setTyped({ ...typed, pace: PACES.find((it) => it === value) ?? 'usual' })}
            />
          </div>
          <div className={css.acts}>
            <Button
              variant="default"
              leftSection={playing ? <Pause size={15} aria-hidden /> : <Play size={15} aria-hidden />}
              disabled={!text.trim()}
              loading={hear.isPending}
              onClick={() => (playing ? toggle('spoken', '') : hear.mutate())}
            >
              {t(playing ? 'common.player.pause' : 'admin.prompts.hear')}
            </Button>
            <Button disabled={!canSave || !text.trim()} loading={isSaving} onClick={() => onSave({ wish })}>
              {t('common.save')}
            </Button>
          </div>
          {hear.error ? (
            <p className={css.problem} role="alert">
              {problemText(hear.error)}
            </p>
          ) : null}
        </>
      ) : (
        <p className={css.problem} role="status">
          {t('admin.prompts.no_voice', { language: t(`admin.prompts.language.${language}`) })}
        </p>
      )}
      {missing.length ? (
        <details className={css.missing} open={!chosen}>
          <summary>{t('admin.prompts.other_engines')}</summary>
          <ul>
            {missing.map((it) => (
              <li key={it.name}>
                <b>{it.name}</b>: {t(`admin.prompts.engine.${it.name as 'piper'}`)}{' '}
                <span className="muted">
                  {t(it.is_there ? 'admin.prompts.no_voice_of_it' : 'admin.prompts.not_installed')}
                </span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}
