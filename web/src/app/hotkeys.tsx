import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useDeskWords } from '~/api/session';
import { actionOf, isTyping, type KeyMap } from '~/lib/keys';
import { usePhone } from '~/phone/PhoneProvider';
import { useRinging } from '~/phone/RingEffects';
import { openTargets } from '~/phone/Targets';
import { useDeskActions } from '~/phone/useDeskActions';
import type { PageLine } from './pages';

const GO_MS = 1200;

/** Keys of everyone: search, help, G and a letter. */
export function useShellHotkeys(options: {
  keys: KeyMap;
  goes: readonly PageLine[];
  onSearch: () => void;
  onHelp: () => void;
}): void {
  const navigate = useNavigate();
  const latest = useRef(options);
  latest.current = options;
  useEffect(() => {
    let goneAt = 0;
    const listen = (event: KeyboardEvent) => {
      const { keys, goes, onSearch, onHelp } = latest.current;
      if (event.defaultPrevented) return;
      if (actionOf(keys, event) === 'search') {
        event.preventDefault();
        onSearch();
        return;
      }
      if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
      if (event.key === '?' || (event.code === 'Slash' && event.shiftKey) || event.code === 'F1') {
        event.preventDefault();
        onHelp();
        return;
      }
      const page = performance.now() - goneAt < GO_MS ? goes.find((it) => it.go === event.code) : undefined;
      goneAt = event.code === 'KeyG' ? performance.now() : 0;
      if (page) {
        event.preventDefault();
        void navigate({ to: page.path });
      }
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [navigate]);
}

/** Keys of the desk, on every page. Each does only what the server allows at that moment. */
export function AgentHotkeys({ keys }: { keys: KeyMap }) {
  const actions = useDeskActions();
  const phone = usePhone();
  const ringing = useRinging();
  const words = useDeskWords();
  const navigate = useNavigate();
  const latest = useRef({ actions, phone, ringing, words, keys });
  latest.current = { actions, phone, ringing, words, keys };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const now = latest.current;
      const action = actionOf(now.keys, event);
      if (!action || action === 'search' || action === 'save_outcome' || action === 'later') return;
      event.preventDefault();
      const { can } = now.actions;
      switch (action) {
        case 'answer':
          if (now.ringing) {
            now.actions.answer();
            void navigate({ to: '/desk' });
          }
          break;
        case 'hang_up':
          if (now.ringing) void now.actions.decline();
          // A bye of the phone would give the customer away: the one who was asked goes first.
          else if (can('cancel_consult')) void now.actions.cancelConsult();
          else if (can('leave')) void now.actions.leave();
          else if (can('hang_up') || now.phone.state.call) void now.actions.hangUp();
          break;
        case 'mute':
          if (now.phone.state.call) now.actions.mute(!now.phone.state.call.muted);
          break;
        case 'hold':
          if (can('resume')) void now.actions.resume();
          else if (can('hold')) void now.actions.hold();
          break;
        case 'card':
          if (can('end_card_pause')) void now.actions.cardPause('end');
          else if (can('pause_for_card')) void now.actions.cardPause('start');
          break;
        case 'transfer':
          if (can('complete')) void now.actions.complete();
          else if (can('transfer')) openTargets('customer');
          break;
        case 'swap':
          if (can('swap')) void now.actions.swap();
          break;
        case 'conference':
          if (can('conference')) void now.actions.conference();
          break;
        case 'colleague':
          if (can('call_colleague')) openTargets('colleague');
          break;
        case 'ready':
          if (can('ready')) void now.actions.ready();
          break;
        case 'not_ready': {
          const reason = now.words.settings.reasons.find((it) => !it.needs_permission);
          if (reason && can('not_ready')) void now.actions.notReady(reason.id);
          break;
        }
        case 'finish_wrap_up':
          if (can('finish_wrap_up')) void now.actions.finishWrapUp();
          break;
        case 'sign_out':
          if (can('sign_out')) void now.actions.signOut();
          break;
        case 'dial':
          void navigate({ to: '/desk' });
          requestAnimationFrame(() => document.querySelector<HTMLInputElement>('[data-dial] input')?.focus());
          break;
      }
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [navigate]);
  return null;
}
