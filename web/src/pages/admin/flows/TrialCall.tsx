import { Button, Select } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Phone, PhoneOff } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { FlowDraft, RehearsalStep, TrialAccess, TrialTrace } from '~/api/gen/types.gen';
import type { Talk } from '~/guest/talk';
import { prettyNumber } from '~/lib/number';
import { Banner } from '~/ui/Notice';
import { PhoneField } from '~/ui/PhoneField';
import css from '../Flows.module.css';
import own from './TrialCall.module.css';

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const;
const LOOK_MS = 500;
const LAST_LOOKS = 3;

type State = 'idle' | 'calling' | 'connected' | 'over' | 'failed';

/** The draft for one's own ears: this browser calls it, and the way of the call lights up in the picture. */
export default function TrialCall({
  draft,
  numbers,
  onSteps,
}: {
  /** Null: it cannot be called as it stands. */
  draft: FlowDraft | null;
  numbers: readonly { id?: number; number: string; name: string }[];
  onSteps: (steps: readonly RehearsalStep[]) => void;
}) {
  const { t, i18n } = useTranslation();
  const [caller, setCaller] = useState('');
  const [number, setNumber] = useState<string | null>(null);
  const [state, setState] = useState<State>('idle');
  const talk = useRef<Talk | null>(null);
  const sound = useRef<HTMLAudioElement>(null);
  const told = useRef(onSteps);
  told.current = onSteps;
  const known = numbers.filter((it) => it.id);
  const chosen = number ?? (known[0]?.id ? String(known[0].id) : null);
  const begin = useMutation({
    mutationFn: async (of: FlowDraft) => {
      const mine = await navigator.mediaDevices.getUserMedia({ audio: true });
      try {
        const access = await post<TrialAccess>('/api/v1/flows/trial', {
          draft: of,
          number_id: chosen ? Number(chosen) : null,
          caller: caller.trim(),
          language: i18n.language === 'en' ? 'en' : 'ru',
        });
        const { call } = await import('~/guest/talk');
        const made = await call(access, mine, '/ws/phone');
        talk.current = made;
        made.onChange = (next) => {
          setState(next);
          if (sound.current && sound.current.srcObject !== made.theirs) sound.current.srcObject = made.theirs;
          if (next === 'over' || next === 'failed') for (const track of mine.getTracks()) track.stop();
        };
        return access;
      } catch (error) {
        for (const track of mine.getTracks()) track.stop();
        throw error;
      }
    },
    onMutate: () => setState('calling'),
    onError: () => setState('failed'),
  });
  const access = begin.data;
  useEffect(() => {
    if (!access) return;
    let left = LAST_LOOKS;
    let stopped = false;
    const look = async () => {
      const trace = await get<TrialTrace>(`/api/v1/flows/trial/${access.login}`, { after: access.seq }).catch(
        () => null,
      );
      if (stopped) return;
      if (trace?.steps.length) told.current(trace.steps);
      if (trace?.is_over) left -= 1;
      if (left > 0) timer = window.setTimeout(() => void look(), LOOK_MS);
    };
    let timer = window.setTimeout(() => void look(), LOOK_MS);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [access]);
  useEffect(() => () => talk.current?.hangUp(), []);
  const isUp = state === 'calling' || state === 'connected';
  return (
    <section className={css.part} aria-labelledby="flow-trial">
      <h3 id="flow-trial">{t('flows.trial.title')}</h3>
      <p className={css.hint}>{t('flows.trial.about')}</p>
      <div className={own.asked}>
        <PhoneField label={t('flows.trial.caller')} value={caller} onChange={setCaller} />
        <Select
          label={t('flows.trial.number')}
          clearable
          data={known.map((it) => ({
            value: String(it.id),
            label: [prettyNumber(it.number), it.name].filter(Boolean).join(' · '),
          }))}
          value={chosen}
          onChange={setNumber}
        />
      </div>
      <div className={own.call}>
        {isUp ? (
          <Button
            color="red"
            leftSection={<PhoneOff size={15} aria-hidden />}
            onClick={() => talk.current?.hangUp()}
          >
            {t('flows.trial.hang_up')}
          </Button>
        ) : (
          <Button
            variant="default"
            leftSection={<Phone size={15} aria-hidden />}
            disabled={!draft}
            onClick={() => {
              if (draft) begin.mutate(draft);
            }}
          >
            {t('flows.trial.call')}
          </Button>
        )}
        <span role="status" className="muted">
          {state === 'idle' ? '' : t(`flows.trial.state.${state}`)}
        </span>
      </div>
      {state === 'connected' ? (
        <div className={own.keys} role="group" aria-label={t('flows.trial.keys')}>
          {KEYS.map((key) => (
            <Button key={key} size="compact-md" variant="default" onClick={() => talk.current?.press(key)}>
              {key}
            </Button>
          ))}
        </div>
      ) : null}
      {begin.error ? (
        <Banner tone="bad">
          {begin.error instanceof DOMException ? t('flows.trial.no_microphone') : problemText(begin.error)}
        </Banner>
      ) : null}
      {/* biome-ignore lint/a11y/useMediaCaption: a telephone call has no captions */}
      <audio ref={sound} autoPlay />
    </section>
  );
}
