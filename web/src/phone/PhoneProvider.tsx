import { useQuery, useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import { get, post } from '~/api/client';
import type { PhoneAccess } from '~/api/types';
import { microphoneFault, openMicrophone } from './devices';
import { type PhoneCommand, PhoneEngine, type PhonePorts, type PhoneState } from './engine';
import { makeUa, preloadPhone } from './jssip';
import { audioPreferences, watchAudioPreferences } from './preferences';
import { RingEffects } from './RingEffects';
import { beep, keyTone, soundUnlocked, tryUnlockSound, watchSound } from './ringer';

export type PhoneKind = PhoneAccess['kind'] | 'unknown';
export interface Phone {
  kind: PhoneKind;
  state: PhoneState;
  send(command: PhoneCommand): void;
  engine: PhoneEngine;
}
const Context = createContext<{ engine: PhoneEngine; kind: PhoneKind } | null>(null);

export function usePhone(): Phone {
  const it = useContext(Context);
  if (!it) throw new Error('usePhone outside of PhoneProvider');
  const { engine, kind } = it;
  const state = useSyncExternalStore(engine.subscribe, engine.snapshot);
  const send = useCallback(
    (command: PhoneCommand) => {
      if (kind === 'simulated') {
        const action = { answer: 'answer', decline: 'decline', hang_up: 'hang_up' }[
          command.command as string
        ];
        if (action) void post('/api/v1/phone/simulated', { action }).catch(() => undefined);
        return;
      }
      if (command.command === 'press') keyTone(command.digit);
      engine.send(command);
    },
    [engine, kind],
  );
  return useMemo(() => ({ kind, state, send, engine }), [kind, state, send, engine]);
}

const speaker = () => {
  const element = document.createElement('audio');
  element.autoplay = true;
  return element as HTMLAudioElement & { setSinkId?: (id: string) => Promise<void> };
};

function realPorts(access: () => Promise<PhoneAccess>): PhonePorts {
  const element = speaker();
  const route = () => void element.setSinkId?.(audioPreferences().headset ?? '').catch(() => undefined);
  watchAudioPreferences(route);
  return {
    credentials: async () => {
      const it = await access();
      const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
      return {
        uri: it.uri,
        user: it.login,
        secret: it.password,
        socket: `${scheme}://${location.host}/ws/phone`,
        iceServers: it.ice_servers as unknown as RTCIceServer[],
      };
    },
    // A beacon is sent even by a page that is just going away; whose leg it is, the sign-in tells.
    reportLost: () => void navigator.sendBeacon('/api/v1/phone/lost'),
    openMicrophone: () => openMicrophone(audioPreferences().microphone),
    microphoneFault,
    makeUa,
    beep,
    soundUnlocked,
    playRemote: (stream) => {
      element.srcObject = stream;
      if (!stream) return;
      route();
      void element.play().catch(() => undefined);
    },
  };
}

const PHONE_KEY = ['phone'];

/** The phone of the signed-in agent. `engine` and `kind` are given by tests only. */
export function PhoneProvider({
  children,
  engine: given,
  kind: givenKind,
}: {
  children: ReactNode;
  engine?: PhoneEngine;
  kind?: PhoneKind;
}) {
  const queries = useQueryClient();
  const { data: access } = useQuery({
    queryKey: PHONE_KEY,
    queryFn: ({ signal }) => {
      void preloadPhone();
      return get<PhoneAccess>('/api/v1/phone', {}, signal);
    },
    enabled: !given,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: true,
    retryDelay: (tries) => Math.min(4000, 500 * 2 ** tries),
  });
  const [engine] = useState(() => {
    if (given) return given;
    let first = true;
    return new PhoneEngine(
      realPorts(async () => {
        const kept = first ? queries.getQueryData<PhoneAccess>(PHONE_KEY) : undefined;
        first = false;
        if (kept) return kept;
        const fresh = await get<PhoneAccess>('/api/v1/phone');
        queries.setQueryData(PHONE_KEY, fresh);
        return fresh;
      }),
    );
  });
  const kind = givenKind ?? access?.kind ?? 'unknown';
  const isBrowser = kind === 'browser';
  useEffect(() => {
    if (!isBrowser) return undefined;
    engine.start();
    // Diagnosis by hand and in tests: the state and the peer connection of the call, nothing secret.
    Object.assign(window, { otklikPhone: engine });
    const offSound = watchSound(() => engine.soundChanged());
    let microphone = audioPreferences().microphone;
    const offPreferences = watchAudioPreferences(() => {
      const next = audioPreferences().microphone;
      if (next === microphone) return;
      microphone = next;
      void engine.changeMicrophone();
    });
    return () => {
      offSound();
      offPreferences();
      engine.stop();
    };
  }, [engine, isBrowser]);

  // A page that captures the microphone may sound without a gesture: so after a reload in a talk.
  const state = useSyncExternalStore(engine.subscribe, engine.snapshot);
  useEffect(() => {
    if (state.here && state.microphone === 'ready') tryUnlockSound();
  }, [state.here, state.microphone]);

  const value = useMemo(() => ({ engine, kind }), [engine, kind]);
  return (
    <Context value={value}>
      {children}
      <RingEffects />
    </Context>
  );
}
