import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, Pause, Play, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { address, get } from '~/api/client';
import type { PromptRow } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import css from './Editor.module.css';
import { SmallButton } from './Fields';

export function usePrompts() {
  return useQuery({
    queryKey: ['admin', 'prompts'],
    queryFn: ({ signal }) => get<PromptRow[]>('/api/v1/prompts', {}, signal),
  });
}

/** What a shipped prompt says, in the reader's language; of the site's own only the name is known. */
export const promptText = (name: string): string | null => textOf(`flows.prompt.${name}`);

/** Prompts that are said one after the other: chosen, heard, put in order. */
export function PromptList({
  label,
  description,
  error,
  value,
  onChange,
  'data-path': place,
}: {
  label: string;
  description: string | null;
  error: string | null;
  value: readonly string[];
  onChange: (value: string[]) => void;
  'data-path': string;
}) {
  const { t } = useTranslation();
  const prompts = usePrompts().data;
  const moved = (from: number, to: number) => {
    const next = [...value];
    next.splice(to, 0, ...next.splice(from, 1));
    onChange(next);
  };
  const known = (prompts ?? []).filter((it) => !it.name.startsWith('words/'));
  return (
    <fieldset className={css.part} data-path={place}>
      <legend>{label}</legend>
      {description ? <p className={css.hint}>{description}</p> : null}
      {value.map((name, at) => (
        <div key={`${name} ${at}`} className={css.prompt}>
          <HearButton name={name} language={languageOf(prompts?.find((it) => it.name === name))} />
          <span className={css.grow}>
            <b>{name}</b>
            {promptText(name) ? <span>{promptText(name)}</span> : null}
          </span>
          {value.length > 1 ? (
            <>
              <SmallButton label={t('flows.earlier')} disabled={at === 0} onClick={() => moved(at, at - 1)}>
                <ArrowUp size={14} aria-hidden />
              </SmallButton>
              <SmallButton
                label={t('flows.later')}
                disabled={at === value.length - 1}
                onClick={() => moved(at, at + 1)}
              >
                <ArrowDown size={14} aria-hidden />
              </SmallButton>
            </>
          ) : null}
          <SmallButton
            label={t('flows.remove_key', { key: name })}
            onClick={() => onChange(value.filter((_, place) => place !== at))}
          >
            <X size={14} aria-hidden />
          </SmallButton>
        </div>
      ))}
      <Select
        aria-label={t('flows.add_prompt', { field: label })}
        placeholder={t('flows.add_prompt_short')}
        error={error}
        searchable
        clearable={false}
        value={null}
        data={known.map((it) => ({
          value: it.name,
          label: promptText(it.name) ? `${it.name} — ${promptText(it.name)}` : it.name,
        }))}
        nothingFoundMessage={t('flows.nothing_found')}
        onChange={(name) => name && onChange([...value, name])}
      />
    </fieldset>
  );
}

const languageOf = (row: PromptRow | undefined): string => {
  const mine = document.documentElement.lang || 'ru';
  const all = Object.keys(row?.seconds ?? {});
  return all.includes(mine) || !all[0] ? mine : all[0];
};

/** Plays a prompt as it sounds on the telephone. */
export function HearButton({ name, language }: { name: string; language: string }) {
  const { t } = useTranslation();
  const audio = useRef<HTMLAudioElement | null>(null);
  const [isPlaying, setPlaying] = useState(false);
  useEffect(() => () => audio.current?.pause(), []);
  const toggle = () => {
    if (isPlaying) {
      audio.current?.pause();
      setPlaying(false);
      return;
    }
    const sound = new Audio(address(`/api/v1/prompts/${language}/audio`, { name }));
    audio.current = sound;
    sound.onended = () => setPlaying(false);
    sound.onerror = () => setPlaying(false);
    setPlaying(true);
    sound.play().catch(() => setPlaying(false));
  };
  return (
    <SmallButton label={t(isPlaying ? 'flows.stop_prompt' : 'flows.hear_prompt', { name })} onClick={toggle}>
      {isPlaying ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden />}
    </SmallButton>
  );
}
