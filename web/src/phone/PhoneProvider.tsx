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
import { get, Problem, post } from '~/api/client';
import { useMe } from '~/api/session';
import type { PhoneAccess } from '~/api/types';
import { microphoneFault, openMicrophone } from './devices';
import { type PhoneCommand, PhoneEngine, type PhoneKind, type PhonePorts, type PhoneState } from './engine';
import { makeUa, preloadPhone } from './jssip';
import { adoptAudioPreferences, audioPreferences, watchAudioPreferences } from './preferences';
import { RingEffects } from './RingEffects';
import { beep, keyTone, soundUnlocked, tryUnlockSound, unlockSound, watchSound } from './ringer';

export interface Phone {
  kind: PhoneKind;
  state: PhoneState;
  send(command: PhoneCommand): void;
  engine: PhoneEngine;
}
const Context = createContext<PhoneEngine | null>(null);

export function usePhone(): Phone {
  const engine = useContext(Context);
  if (!engine) throw new Error('usePhone outside of PhoneProvider');
  const state = useSyncExternalStore(engine.subscribe, engine.snapshot);
  const kind = state.kind;
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

function realPorts(): PhonePorts {
  const element = speaker();
  const route = () => void element.setSinkId?.(audioPreferences().headset ?? '').catch(() => undefined);
  watchAudioPreferences(route);
  return {
    credentials: async () => {
      void preloadPhone();
      let it: PhoneAccess;
      try {
        it = await get<PhoneAccess>('/api/v1/phone');
      } catch (error) {
        if (error instanceof Problem && (error.status === 403 || error.status === 404))
          return { kind: 'none' };
        throw error;
      }
      if (it.kind !== 'browser') return { kind: it.kind };
      const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
      return {
        kind: it.kind,
        credentials: {
          uri: it.uri,
          user: it.login,
          secret: it.password,
          socket: `${scheme}://${location.host}/ws/phone`,
          iceServers: it.ice_servers as unknown as RTCIceServer[],
        },
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

/** The phone of the signed-in agent. `engine` is given by tests only. */
export function PhoneProvider({ children, engine: given }: { children: ReactNode; engine?: PhoneEngine }) {
  const { preferences } = useMe();
  const [engine] = useState(() => {
    adoptAudioPreferences(preferences.melody, preferences.ring_volume);
    return given ?? new PhoneEngine(realPorts());
  });
  useEffect(() => {
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
    // After a reload any click or key is gesture enough to let the page ring again.
    const unlock = () => {
      if (!soundUnlocked()) unlockSound();
    };
    addEventListener('pointerdown', unlock);
    addEventListener('keydown', unlock);
    return () => {
      removeEventListener('pointerdown', unlock);
      removeEventListener('keydown', unlock);
      offSound();
      offPreferences();
      engine.stop();
    };
  }, [engine]);

  // A page that captures the microphone may sound without a gesture: so after a reload in a talk.
  const state = useSyncExternalStore(engine.subscribe, engine.snapshot);
  useEffect(() => {
    if (state.here && state.microphone === 'ready') tryUnlockSound();
  }, [state.here, state.microphone]);

  return (
    <Context value={engine}>
      {children}
      <RingEffects />
    </Context>
  );
}
