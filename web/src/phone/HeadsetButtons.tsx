import { useEffect, useRef, useSyncExternalStore } from 'react';
import { type Button, Headset, hidPort, isHeadset, type Lamps } from './headset';
import { usePhone } from './PhoneProvider';
import { audioPreferences, watchAudioPreferences } from './preferences';
import { useDeskActions } from './useDeskActions';

const isWanted = () => audioPreferences().buttons;

/** The headset's own buttons, in the tab that holds the phone: answer, hang up or decline, mute. */
export function HeadsetButtons() {
  const wanted = useSyncExternalStore(watchAudioPreferences, isWanted);
  const { state } = usePhone();
  return wanted && state.here && hidPort() ? <Connected /> : null;
}

function Connected() {
  const actions = useDeskActions();
  const phone = usePhone();
  const latest = useRef({ actions, phone });
  latest.current = { actions, phone };
  const headsets = useRef<Headset[]>([]);
  const { call } = phone.state;
  const lamps: Lamps = {
    ring: call?.phase === 'ringing' && !call.automatic,
    offHook: call?.phase === 'active' || call?.phase === 'answering',
    mute: Boolean(call?.muted),
  };
  const key = `${lamps.ring} ${lamps.offHook} ${lamps.mute}`;
  const shown = useRef(lamps);
  shown.current = lamps;
  useEffect(() => {
    let over = false;
    const press = (button: Button, isDown: boolean) => {
      const now = latest.current;
      const { call } = now.phone.state;
      const rings = call?.phase === 'ringing';
      if (button === 'mute') {
        if (isDown && call) now.actions.mute(!call.muted);
      } else if (button === 'hook' && isDown) {
        if (rings) now.actions.answer();
      } else if (isDown || button === 'hook') {
        hangUp(now.actions, rings, Boolean(call));
      }
    };
    void (async () => {
      const devices =
        (await hidPort()
          ?.getDevices()
          .catch(() => [])) ?? [];
      for (const device of devices.filter(isHeadset)) {
        const headset = new Headset(device, press);
        // Another program may hold it: then its buttons are that program's.
        const opened = await headset.open().then(
          () => true,
          () => false,
        );
        if (!opened) continue;
        if (over) await headset.close();
        else headsets.current.push(headset);
      }
      for (const headset of headsets.current) await headset.show(shown.current).catch(() => undefined);
    })();
    return () => {
      over = true;
      for (const headset of headsets.current) void headset.close();
      headsets.current = [];
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when a lamp is another one
  useEffect(() => {
    for (const headset of headsets.current) void headset.show(shown.current).catch(() => undefined);
  }, [key]);
  return null;
}

/** As the key of hanging up does: whoever was asked goes first. */
function hangUp(actions: ReturnType<typeof useDeskActions>, rings: boolean, inCall: boolean): void {
  if (rings) void actions.decline();
  else if (actions.can('cancel_consult')) void actions.cancelConsult();
  else if (actions.can('leave')) void actions.leave();
  else if (actions.can('hang_up') || inCall) void actions.hangUp();
}
