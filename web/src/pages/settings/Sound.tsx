import { Button, SegmentedControl, Select, Slider, Switch } from '@mantine/core';
import { Play, Volume2 } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '~/api/session';
import { textOf, withWords } from '~/i18n';
import {
  type AudioDevices,
  listDevices,
  measureLevel,
  mediaAvailable,
  microphoneFault,
  openMicrophone,
} from '~/phone/devices';
import { hidPort } from '~/phone/headset';
import { isMelody, MELODIES } from '~/phone/melodies';
import { audioPreferences, setAudioPreferences, watchAudioPreferences } from '~/phone/preferences';
import { playMelody, testOutput } from '~/phone/ringer';
import { Banner } from '~/ui/Notice';
import css from './Settings.module.css';

const HeadsetSetting = lazy(
  async () => (await Promise.all([import('./HeadsetSetting'), withWords('headset')]))[0],
);

const DEFAULT = '';

/** Microphone with a level meter, headset and second ringer with a test, melody and volume. */
export function Sound() {
  const { t } = useTranslation();
  const [, setPreferences] = usePreferences();
  const audio = useSyncExternalStore(watchAudioPreferences, audioPreferences);
  const [asked, setAsked] = useState(0);
  const microphone = useMicrophoneTest(audio.microphone, asked);
  const devices = useDevices(microphone.isOpen);
  if (!mediaAvailable()) return <Banner tone="bad">{t('phone.health.secure.insecure')}</Banner>;
  const outputs = (chosen: string | null, none: string) =>
    options(devices.outputs, chosen, none, t('settings.sound.gone'));
  return (
    <>
      <div className={css.group}>
        <Select
          label={t('settings.sound.microphone')}
          value={audio.microphone ?? DEFAULT}
          data={options(
            devices.microphones,
            audio.microphone,
            t('settings.sound.default'),
            t('settings.sound.gone'),
          )}
          onChange={(value) => setAudioPreferences({ microphone: value || null })}
        />
        <div>
          <div className={css.label} id="level">
            {t('settings.sound.level')}
          </div>
          <div
            className={css.level}
            role="meter"
            aria-labelledby="level"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={0}
            ref={microphone.meter}
          >
            <i />
          </div>
        </div>
        {microphone.fault ? (
          <Banner
            tone="bad"
            action={
              <Button size="xs" onClick={() => setAsked((n) => n + 1)}>
                {t('common.retry')}
              </Button>
            }
          >
            {textOf(`phone.health.microphone.${microphone.fault}`)}
          </Banner>
        ) : (
          <p className={css.hint}>{t('settings.sound.level_hint')}</p>
        )}
      </div>
      <div className={css.group}>
        <div className={css.row}>
          <Select
            label={t('settings.sound.headset')}
            value={audio.headset ?? DEFAULT}
            disabled={!devices.canChooseOutput}
            data={outputs(audio.headset, t('settings.sound.default'))}
            onChange={(value) => setAudioPreferences({ headset: value || null })}
          />
          <Button
            variant="default"
            leftSection={<Volume2 size={16} aria-hidden />}
            onClick={() => void testOutput(audio.headset, audio.volume)}
          >
            {t('settings.sound.test')}
          </Button>
        </div>
        <div className={css.row}>
          <Select
            label={t('settings.sound.ringer')}
            description={t('settings.sound.ringer_hint')}
            value={audio.ringer ?? DEFAULT}
            disabled={!devices.canChooseOutput}
            data={outputs(audio.ringer, t('settings.sound.no_ringer'))}
            onChange={(value) => setAudioPreferences({ ringer: value || null })}
          />
          <Button
            variant="default"
            disabled={!audio.ringer}
            leftSection={<Volume2 size={16} aria-hidden />}
            onClick={() => void testOutput(audio.ringer, audio.volume)}
          >
            {t('settings.sound.test')}
          </Button>
        </div>
        {devices.canChooseOutput ? null : <p className={css.hint}>{t('settings.sound.no_choice')}</p>}
      </div>
      {devices.cameras.length ? (
        <div className={css.group}>
          <Select
            label={t('settings.sound.camera')}
            description={t('settings.sound.camera_hint')}
            value={audio.camera ?? DEFAULT}
            data={options(
              devices.cameras,
              audio.camera,
              t('settings.sound.default'),
              t('settings.sound.gone'),
            )}
            onChange={(value) => setAudioPreferences({ camera: value || null })}
          />
        </div>
      ) : null}
      <div className={css.group}>
        <div>
          <div className={css.label}>{t('settings.sound.melody')}</div>
          <div className={css.row}>
            <SegmentedControl
              aria-label={t('settings.sound.melody')}
              value={audio.melody}
              data={MELODIES.map((melody) => ({
                value: melody,
                label: t(`settings.sound.melodies.${melody}`),
              }))}
              onChange={(value) => {
                if (!isMelody(value)) return;
                setAudioPreferences({ melody: value });
                setPreferences({ melody: value });
                playMelody(value, audio.volume);
              }}
            />
            <Button
              variant="default"
              leftSection={<Play size={16} aria-hidden />}
              onClick={() => playMelody(audio.melody, audio.volume)}
            >
              {t('settings.sound.listen')}
            </Button>
          </div>
        </div>
        <div>
          <div className={css.label} id="volume">
            {t('settings.sound.volume')}
          </div>
          <Slider
            min={0}
            max={100}
            step={5}
            value={Math.round(audio.volume * 100)}
            label={(value) => `${value} %`}
            thumbProps={{ 'aria-labelledby': 'volume' }}
            onChange={(value) => setAudioPreferences({ volume: value / 100 })}
            onChangeEnd={(value) => {
              setPreferences({ ring_volume: value / 100 });
              playMelody(audioPreferences().melody, value / 100);
            }}
          />
          {audio.volume === 0 ? <p className={css.problem}>{t('settings.sound.silent')}</p> : null}
        </div>
        <Switch
          label={t('settings.sound.notifications')}
          description={t('settings.sound.notifications_hint')}
          checked={audio.notifications}
          onChange={(e) => {
            const on = e.currentTarget.checked;
            setAudioPreferences({ notifications: on });
            if (on && typeof Notification !== 'undefined' && Notification.permission === 'default') {
              void Notification.requestPermission().catch(() => undefined);
            }
          }}
        />
      </div>
      {hidPort() ? (
        <Suspense>
          <HeadsetSetting />
        </Suspense>
      ) : null}
    </>
  );
}

/** The choices of a list; a chosen device that is unplugged stays in it, named as gone. */
function options(devices: readonly MediaDeviceInfo[], chosen: string | null, none: string, gone: string) {
  const list = [{ value: DEFAULT, label: none }];
  for (const device of devices) {
    if (device.deviceId === 'default' || !device.deviceId) continue;
    list.push({ value: device.deviceId, label: device.label || device.deviceId.slice(0, 8) });
  }
  if (chosen && !list.some((it) => it.value === chosen)) list.push({ value: chosen, label: gone });
  return list;
}

function useDevices(reread: boolean): AudioDevices {
  const [devices, setDevices] = useState<AudioDevices>({
    microphones: [],
    outputs: [],
    cameras: [],
    canChooseOutput: true,
  });
  // Labels come only after the microphone was allowed: read anew then.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const read = () => void listDevices().then(setDevices, () => undefined);
    read();
    navigator.mediaDevices?.addEventListener?.('devicechange', read);
    return () => navigator.mediaDevices?.removeEventListener?.('devicechange', read);
  }, [reread]);
  return devices;
}

/** Opens the chosen microphone while the page is shown and draws its level straight to the node. */
function useMicrophoneTest(chosen: string | null, asked: number) {
  const meter = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [fault, setFault] = useState<ReturnType<typeof microphoneFault> | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew by the button
  useEffect(() => {
    if (!mediaAvailable()) return undefined;
    let over = false;
    let stop: (() => void) | undefined;
    openMicrophone(chosen).then(
      (stream) => {
        const close = () => {
          for (const track of stream.getTracks()) track.stop();
        };
        if (over) {
          close();
          return;
        }
        setFault(null);
        setOpen(true);
        const off = measureLevel(stream, (level) => {
          const bar = meter.current?.firstElementChild as HTMLElement | null;
          if (bar) bar.style.transform = `scaleX(${level.toFixed(2)})`;
          meter.current?.setAttribute('aria-valuenow', String(Math.round(level * 100)));
        });
        stop = () => {
          off();
          close();
        };
      },
      (error: unknown) => {
        if (!over) setFault(microphoneFault(error));
      },
    );
    return () => {
      over = true;
      stop?.();
    };
  }, [chosen, asked]);
  return { meter, isOpen, fault };
}
