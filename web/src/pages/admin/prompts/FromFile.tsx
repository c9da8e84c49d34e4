import { Button } from '@mantine/core';
import { Upload } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatLanguage } from '~/lib/format';
import type { Made } from './PromptEditor';
import css from './Prompts.module.css';
import { asWav, nameOfFile } from './sound';

/* Read by the server as they are; whatever else this browser can decode is made a WAV here. */
const READ_BY_SERVER = /\.(wav|mp3|ogg|opus|oga|flac|aiff?|au|caf|w64)$/i;
const LARGEST = 30 * 1024 * 1024;

/** A sound file: chosen, or dropped here or anywhere on the page. */
export function FromFile({
  file,
  canSave,
  isSaving,
  onNamed,
  onSave,
}: {
  file: File | null;
  canSave: boolean;
  isSaving: boolean;
  onNamed: (name: string) => void;
  onSave: (made: Made) => void;
}) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<File | null>(file);
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [reads, setReads] = useState(false);
  const take = (one: File | undefined | null) => {
    if (!one) return;
    setProblem(null);
    setChosen(one);
    onNamed(nameOfFile(one.name));
  };
  const save = async (one: File) => {
    setProblem(null);
    let sound: Blob = one;
    if (!READ_BY_SERVER.test(one.name)) {
      setReads(true);
      try {
        sound = await asWav(one);
      } catch {
        setProblem(t('refusals.not_audio'));
        return;
      } finally {
        setReads(false);
      }
    }
    if (sound.size > LARGEST) setProblem(t('admin.prompts.too_large'));
    else onSave({ file: sound, source: 'upload' });
  };
  return (
    <fieldset
      className={css.drop}
      aria-label={t('admin.prompts.way.file')}
      data-over={over || undefined}
      onDragOver={(e) => {
        e.preventDefault();
        e.stopPropagation();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        e.preventDefault();
        e.stopPropagation();
        setOver(false);
        take(e.dataTransfer.files[0]);
      }}
    >
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t('admin.prompts.way.file')}
        accept="audio/*,.wav,.mp3,.ogg,.opus,.flac,.m4a"
        onChange={(e) => take(e.currentTarget.files?.[0])}
      />
      <p className={css.help}>{t('admin.prompts.file_help')}</p>
      {chosen ? (
        <p>
          <b>{chosen.name}</b>{' '}
          <span className="muted">
            {t('admin.prompts.kilobytes', {
              size: Math.ceil(chosen.size / 1024).toLocaleString(formatLanguage()),
            })}
          </span>
        </p>
      ) : null}
      <div className={css.acts}>
        <Button
          variant="default"
          leftSection={<Upload size={15} aria-hidden />}
          onClick={() => input.current?.click()}
        >
          {t('admin.prompts.choose')}
        </Button>
        {chosen ? (
          <Button disabled={!canSave} loading={isSaving || reads} onClick={() => void save(chosen)}>
            {t('common.save')}
          </Button>
        ) : null}
      </div>
      {problem ? (
        <p className={css.problem} role="alert">
          {problem}
        </p>
      ) : null}
    </fieldset>
  );
}
