import { Button, Group, Modal, Text } from '@mantine/core';
import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useTranslation } from 'react-i18next';
import { textOf } from '~/i18n';
import { useDesk, useLink } from '~/live/hooks';
import { type AudioDevices, listDevices, openMicrophone } from './devices';
import { type Check, healthOf } from './health';
import { lastLink, tryLine } from './lastLink';
import { type Phone, usePhone } from './PhoneProvider';
import { audioPreferences } from './preferences';
import css from './ReadyGate.module.css';
import { soundUnlocked, unlockSound } from './ringer';

interface Gate {
  /** Called in a click: unlocks sound, opens the microphone, and says whether Ready may be asked of the server. */
  pass(): Promise<boolean>;
  /** Shows the list of checks. */
  show(): void;
  checks: Check[];
}
const Context = createContext<Gate>({ pass: () => Promise.resolve(true), show: () => undefined, checks: [] });
export const useReadyGate = (): Gate => useContext(Context);

const NO_DEVICES: AudioDevices = { microphones: [], outputs: [], cameras: [], canChooseOutput: false };
const PATIENCE_MS = 3000;

function useAudioDevices(wanted: boolean): AudioDevices {
  const [devices, setDevices] = useState(NO_DEVICES);
  useEffect(() => {
    if (!wanted || !navigator.mediaDevices) return undefined;
    const read = () => void listDevices().then(setDevices, () => undefined);
    read();
    navigator.mediaDevices.addEventListener?.('devicechange', read);
    return () => navigator.mediaDevices.removeEventListener?.('devicechange', read);
  }, [wanted]);
  return devices;
}

async function until(done: () => boolean, subscribe: (wake: () => void) => () => void): Promise<void> {
  if (done()) return;
  await new Promise<void>((resolve) => {
    const look = () => {
      if (done()) finish();
    };
    const off = subscribe(look);
    const poll = setInterval(look, 100);
    const timer = setTimeout(() => finish(), PATIENCE_MS);
    const finish = () => {
      off();
      clearInterval(poll);
      clearTimeout(timer);
      resolve();
    };
  });
}

async function prepare(phone: Phone): Promise<void> {
  unlockSound();
  const { engine } = phone;
  if (!engine.snapshot().here && engine.snapshot().microphone !== 'ready') {
    // The phone is in another tab, but the question must be put where the person looks.
    try {
      for (const track of (await openMicrophone(audioPreferences().microphone)).getTracks()) track.stop();
    } catch {
      /* told by the check itself */
    }
  }
  engine.send({ command: 'open_microphone' });
  // A bad talk is not held against a line that is good again.
  if (lastLink()?.grade === 'bad') await tryLine();
  if (
    audioPreferences().notifications &&
    typeof Notification !== 'undefined' &&
    Notification.permission === 'default'
  ) {
    void Notification.requestPermission().catch(() => undefined);
  }
  await until(() => engine.snapshot().microphone !== 'prompt', engine.subscribe);
  await until(() => {
    const { line, microphone } = engine.snapshot();
    return line === 'registered' && (microphone !== 'ready' || soundUnlocked());
  }, engine.subscribe);
}

export function ReadyGate({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const desk = useDesk();
  const link = useLink();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const devices = useAudioDevices(phone.kind === 'browser');
  const latest = useRef({ phone, desk, link, devices });
  latest.current = { phone, desk, link, devices };

  const measure = useCallback((): Check[] => {
    const now = latest.current;
    const { microphone, headset, ringer, notifications } = audioPreferences();
    const state = now.phone.engine.snapshot();
    return healthOf({
      kind: now.phone.kind,
      isSecure: window.isSecureContext,
      microphone: state.microphone,
      line: state.line,
      feedOpen: now.link === 'open',
      soundUnlocked: state.sound || soundUnlocked(),
      notifications: typeof Notification === 'undefined' ? 'unsupported' : Notification.permission,
      wantsNotifications: notifications,
      devices: now.devices,
      chosen: { microphone, headset, ringer },
      reachable: now.desk?.agent?.reachable ?? false,
      link: lastLink(),
    });
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when any of them changes
  const checks = useMemo(measure, [measure, phone, desk?.agent?.reachable, link, devices, open, busy]);

  const pass = useCallback(async () => {
    setBusy(true);
    try {
      if (latest.current.phone.kind === 'browser') await prepare(latest.current.phone);
      const good = measure().every((check) => check.result !== 'bad');
      if (!good) setOpen(true);
      return good;
    } finally {
      setBusy(false);
    }
  }, [measure]);
  const value = useMemo(() => ({ pass, show: () => setOpen(true), checks }), [pass, checks]);
  const isGood = checks.every((check) => check.result !== 'bad');

  return (
    <Context value={value}>
      {children}
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={t('phone.health.title')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Text size="sm" mb="sm">
          {isGood ? t('phone.health.good') : t('phone.health.refused')}
        </Text>
        <ul className={css.list}>
          {checks.map((check) => (
            <CheckLine key={check.key} check={check} />
          ))}
        </ul>
        <Group justify="flex-end" gap={8} mt="lg">
          <Button variant="default" onClick={() => setOpen(false)}>
            {t('common.close')}
          </Button>
          {isGood ? null : (
            <Button
              loading={busy}
              onClick={() => void pass().then((good) => good && setOpen(false))}
              data-autofocus
            >
              {t('phone.health.again')}
            </Button>
          )}
        </Group>
      </Modal>
    </Context>
  );
}

const ICON = { ok: CircleCheck, warn: TriangleAlert, bad: CircleX } as const;

function CheckLine({ check }: { check: Check }) {
  const { t } = useTranslation();
  const Icon = ICON[check.result];
  return (
    <li className={css.check} data-result={check.result}>
      <Icon size={18} aria-hidden />
      <div>
        <b>{t(`phone.health.${check.key}.name`)}</b>
        <p>{textOf(`phone.health.${check.key}.${check.cause}`) ?? t('phone.health.in_order')}</p>
      </div>
    </li>
  );
}
