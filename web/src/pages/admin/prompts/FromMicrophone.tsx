import { Button } from '@mantine/core';
import { Circle, Pause, Play, Square } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '~/api/session';
import { duration } from '~/lib/format';
import { measureLevel, mediaAvailable, microphoneFault, openMicrophone } from '~/phone/devices';
import { toast } from '~/ui/toast';
import type { Made } from './PromptEditor';
import css from './Prompts.module.css';
import { asWav, record, usePlayback } from './sound';

const LONGEST_SECONDS = 300;

/** Recorded here, heard, and kept or recorded anew. */
export function FromMicrophone({
  canSave,
  isSaving,
  onSave,
}: {
  canSave: boolean;
  isSaving: boolean;
  onSave: (made: Made) => void;
}) {
  const { t } = useTranslation();
  const me = useMe();
  const [fault, setFault] = useState<string | null>(mediaAvailable() ? null : 'insecure');
  const [level, setLevel] = useState(0);
  const [seconds, setSeconds] = useState(0);
  const [sound, setSound] = useState<Blob | null>(null);
  const [records, setRecords] = useState(false);
  const stop = useRef<(() => Promise<void>) | null>(null);
  const { playing, toggle } = usePlayback(() => toast(t('admin.prompts.not_played'), 'bad'));
  useEffect(() => () => void stop.current?.(), []);

  const start = async () => {
    setFault(null);
    setSound(null);
    let stream: MediaStream;
    try {
      stream = await openMicrophone(me.preferences.microphone_id || null);
    } catch (error) {
      setFault(microphoneFault(error));
      return;
    }
    const recorder = record(stream);
    const unmeasure = measureLevel(stream, setLevel);
    const since = performance.now();
    const timer = setInterval(() => {
      const passed = (performance.now() - since) / 1000;
      setSeconds(passed);
      if (passed >= LONGEST_SECONDS) void stop.current?.();
    }, 200);
    setSeconds(0);
    setRecords(true);
    stop.current = async () => {
      stop.current = null;
      clearInterval(timer);
      unmeasure();
      const recorded = await recorder.stop();
      setRecords(false);
      setLevel(0);
      try {
        setSound(await asWav(recorded));
      } catch {
        setFault('failed');
      }
    };
  };
  return (
    <div className={css.drop}>
      <p className={css.help}>{t('admin.prompts.microphone_help')}</p>
      {records ? (
        <div className={css.meter}>
          <span
            role="meter"
            aria-label={t('admin.prompts.level')}
            aria-valuenow={Math.round(level * 100)}
            aria-valuemin={0}
            aria-valuemax={100}
          >
            <i style={{ width: `${level * 100}%` }} />
          </span>
          <b className="num" role="timer">
            {duration(seconds)}
          </b>
        </div>
      ) : null}
      <div className={css.acts}>
        {records ? (
          <Button
            color="red.9"
            leftSection={<Square size={14} aria-hidden />}
            onClick={() => void stop.current?.()}
          >
            {t('admin.prompts.stop_recording')}
          </Button>
        ) : (
          <Button
            variant="default"
            leftSection={<Circle size={14} aria-hidden />}
            disabled={!mediaAvailable()}
            onClick={() => void start()}
          >
            {t(sound ? 'admin.prompts.record_again' : 'admin.prompts.record')}
          </Button>
        )}
        {sound && !records ? (
          <>
            <Button
              variant="default"
              leftSection={playing ? <Pause size={15} aria-hidden /> : <Play size={15} aria-hidden />}
              onClick={() => toggle('recorded', sound)}
            >
              {t(playing ? 'common.player.pause' : 'admin.prompts.listen', { time: duration(seconds) })}
            </Button>
            <Button
              disabled={!canSave}
              loading={isSaving}
              onClick={() => onSave({ file: sound, source: 'microphone' })}
            >
              {t('common.save')}
            </Button>
          </>
        ) : null}
      </div>
      {fault ? (
        <p className={css.problem} role="alert">
          {t(`admin.prompts.fault.${fault as 'denied'}`)}
        </p>
      ) : null}
    </div>
  );
}
