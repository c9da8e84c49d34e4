import { Tooltip, UnstyledButton } from '@mantine/core';
import { CopyX, LoaderCircle, MicOff, PhoneOff, Wifi, WifiOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import css from './LineStatus.module.css';
import { usePhone } from './PhoneProvider';
import { useReadyGate } from './ReadyGate';

/** The state of the line in one word; a click shows the whole list of checks. */
export function LineStatus() {
  const { t } = useTranslation();
  const { state, kind } = usePhone();
  const { show } = useReadyGate();
  if (kind === 'unknown') return null;
  const [Icon, key, level] =
    kind === 'none'
      ? ([PhoneOff, 'none', 'mute'] as const)
      : kind === 'simulated'
        ? ([Wifi, 'simulated', 'ok'] as const)
        : kind === 'sip'
          ? ([Wifi, 'sip', 'ok'] as const)
          : state.microphone === 'denied' || state.microphone === 'missing' || state.microphone === 'insecure'
            ? ([MicOff, 'no_microphone', 'bad'] as const)
            : state.line === 'registered'
              ? state.here
                ? ([Wifi, 'registered', 'ok'] as const)
                : ([CopyX, 'other_tab', 'ok'] as const)
              : state.line === 'connecting'
                ? ([LoaderCircle, 'connecting', 'warn'] as const)
                : ([WifiOff, 'lost', 'bad'] as const);
  return (
    <Tooltip label={t('phone.line.hint')}>
      <UnstyledButton
        className={css.line}
        data-level={level}
        data-line={state.line}
        data-here={state.here}
        data-testid="line"
        onClick={show}
      >
        <Icon size={15} aria-hidden />
        <span>{t(`phone.line.${key}`)}</span>
      </UnstyledButton>
    </Tooltip>
  );
}
