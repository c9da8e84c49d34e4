import { Button, Switch } from '@mantine/core';
import { Headphones } from 'lucide-react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { hidPort, isHeadset } from '~/phone/headset';
import { audioPreferences, setAudioPreferences, watchAudioPreferences } from '~/phone/preferences';
import css from './Settings.module.css';

const TELEPHONY = 0x0b;

/** Buttons of a headset, where the browser can hear them; shown nowhere else. */
export default function HeadsetSetting() {
  const { t } = useTranslation();
  const audio = useSyncExternalStore(watchAudioPreferences, audioPreferences);
  const [names, setNames] = useState<string[]>([]);
  const hid = hidPort();
  const read = async () => {
    const devices = (await hid?.getDevices().catch(() => [])) ?? [];
    setNames(devices.filter(isHeadset).map((it) => it.productName));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was allowed before is read once
  useEffect(() => void read(), []);
  if (!hid) return null;
  const pair = async () => {
    const chosen = await hid.requestDevice({ filters: [{ usagePage: TELEPHONY }] }).catch(() => []);
    if (chosen.length) setAudioPreferences({ buttons: true });
    await read();
  };
  return (
    <div className={css.group}>
      <div className={css.label}>{t('headset.title')}</div>
      <Switch
        label={t('headset.on')}
        description={names.length ? t('headset.paired', { names: names.join(', ') }) : t('headset.none')}
        checked={audio.buttons}
        onChange={(event) => setAudioPreferences({ buttons: event.currentTarget.checked })}
      />
      <div>
        <Button
          variant="default"
          leftSection={<Headphones size={16} aria-hidden />}
          onClick={() => void pair()}
        >
          {t('headset.pair')}
        </Button>
      </div>
    </div>
  );
}
