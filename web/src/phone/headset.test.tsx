import { act, cleanup, render, waitFor } from '@testing-library/react';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startLanguage } from '~/i18n';
import { live } from '~/live/store';
import type { DeskBody } from '~/live/types';
import type { PhoneCommand, PhoneState } from './engine';
import { HeadsetButtons } from './HeadsetButtons';
import { type Collection, Headset, type HeadsetDevice, type InputReport, isHeadset } from './headset';
import { setAudioPreferences } from './preferences';

const phone = vi.hoisted(() => ({
  state: {} as PhoneState,
  told: [] as PhoneCommand[],
  done: [] as string[],
}));
vi.mock('./PhoneProvider', () => ({ usePhone: () => ({ state: phone.state, kind: 'browser' }) }));
vi.mock('./useDeskActions', () => ({
  useDeskActions: () => ({
    can: (action: string) => live.desk?.actions.includes(action as never) ?? false,
    answer: () => phone.done.push('answer'),
    decline: () => phone.done.push('decline'),
    hangUp: () => phone.done.push('hang_up'),
    cancelConsult: () => phone.done.push('cancel_consult'),
    leave: () => phone.done.push('leave'),
    mute: (muted: boolean) => phone.done.push(muted ? 'mute' : 'unmute'),
  }),
}));

/* As many wired headsets say it: a hook switch and a mute behind other buttons, lamps behind padding. */
const COLLECTIONS: Collection[] = [
  {
    usagePage: 0x0c,
    usage: 1,
    inputReports: [{ reportId: 1, items: [{ reportSize: 1, reportCount: 8, usages: [] }] }],
  },
  {
    usagePage: 0x0b,
    usage: 5,
    inputReports: [
      {
        reportId: 2,
        items: [
          { reportSize: 1, reportCount: 2, usages: [0x0b0020, 0x0b0021] },
          { reportSize: 1, reportCount: 1, usages: [0x0b0097] },
          { reportSize: 4, reportCount: 1, usages: [0x0b00b0], isArray: true },
          { reportSize: 1, reportCount: 2, usages: [0x0b002f, 0x0b0026] },
        ],
      },
    ],
    outputReports: [
      {
        reportId: 3,
        items: [
          { reportSize: 8, reportCount: 1, usages: [] },
          { reportSize: 1, reportCount: 1, usages: [0x080017] },
          { reportSize: 1, reportCount: 2, isRange: true, usageMinimum: 0x080018, usageMaximum: 0x080019 },
          { reportSize: 1, reportCount: 1, usages: [0x080009] },
        ],
      },
    ],
  },
];
const HOOK = 0;
const MUTE = 7;
const DROP = 8;

class FakeDevice implements HeadsetDevice {
  opened = false;
  productName = 'Headset 20';
  collections = COLLECTIONS;
  sent: [number, number[]][] = [];
  listeners = new Set<(event: InputReport) => void>();
  bits = new Set<number>();
  async open() {
    this.opened = true;
  }
  async close() {
    this.opened = false;
  }
  async sendReport(reportId: number, data: BufferSource) {
    this.sent.push([reportId, [...new Uint8Array(data as ArrayBuffer)]]);
  }
  addEventListener(_: 'inputreport', listener: (event: InputReport) => void) {
    this.listeners.add(listener);
  }
  removeEventListener(_: 'inputreport', listener: (event: InputReport) => void) {
    this.listeners.delete(listener);
  }
  press(bit: number, isDown: boolean) {
    if (isDown) this.bits.add(bit);
    else this.bits.delete(bit);
    const bytes = new Uint8Array(2);
    for (const one of this.bits) bytes[one >> 3]! |= 1 << (one & 7);
    for (const listener of this.listeners) listener({ reportId: 2, data: new DataView(bytes.buffer) });
  }
  get lamps(): number | undefined {
    return this.sent.at(-1)?.[1][1];
  }
}

describe('a headset', () => {
  it('is known by its telephony page, and its buttons by their bits', async () => {
    const device = new FakeDevice();
    expect(isHeadset(device)).toBe(true);
    expect(isHeadset({ ...device, collections: [COLLECTIONS[0]!] } as never)).toBe(false);
    const heard: string[] = [];
    const headset = new Headset(device, (button, isDown) => heard.push(`${button} ${isDown}`));
    await headset.open();
    device.press(MUTE, true);
    device.press(MUTE, true);
    device.press(MUTE, false);
    device.press(DROP, true);
    device.press(HOOK, true);
    expect(heard).toEqual(['mute true', 'mute false', 'drop true', 'hook true']);
    for (const listener of device.listeners) {
      listener({ reportId: 1, data: new DataView(new Uint8Array([255]).buffer) });
      listener({ reportId: 2, data: new DataView(new Uint8Array([1]).buffer) });
    }
    expect(heard).toHaveLength(4);
  });

  it('lights its lamps in the bits that it names, and takes their echo for no press', async () => {
    const device = new FakeDevice();
    const heard: string[] = [];
    const headset = new Headset(device, (button) => heard.push(button));
    await headset.open();
    await headset.show({ ring: true, offHook: false, mute: false });
    expect(device.sent.at(-1)).toEqual([3, [0, 0b0010]]);
    await headset.show({ ring: false, offHook: true, mute: true });
    expect(device.lamps).toBe(0b1001);
    device.press(HOOK, true);
    expect(heard).toEqual([]);
    const count = device.sent.length;
    await headset.show({ ring: false, offHook: true, mute: true });
    expect(device.sent).toHaveLength(count);
    await headset.close();
    expect(device.lamps).toBe(0);
    expect(device.opened).toBe(false);
  });
});

describe('its buttons at the desk', () => {
  let device: FakeDevice;
  beforeAll(() => startLanguage('ru'));
  beforeEach(() => {
    localStorage.clear();
    phone.done = [];
    device = new FakeDevice();
    Object.defineProperty(navigator, 'hid', {
      configurable: true,
      value: { getDevices: async () => [device], requestDevice: async () => [device] },
    });
    live.desk = { actions: ['hang_up'] } as unknown as DeskBody;
    phone.state = { here: true, call: null } as unknown as PhoneState;
    setAudioPreferences({ buttons: true });
  });
  afterEach(() => {
    cleanup();
    live.clear();
    Reflect.deleteProperty(navigator, 'hid');
    setAudioPreferences({ buttons: false });
  });
  const call = (phase: 'ringing' | 'active', muted = false) => {
    phone.state = {
      ...phone.state,
      call: { phase, muted, automatic: false } as PhoneState['call'],
    };
  };

  it('answer what rings, mute, and end; the lamps follow', async () => {
    call('ringing');
    const { rerender } = render(<HeadsetButtons />);
    await waitFor(() => expect(device.lamps).toBe(0b0010));
    act(() => device.press(HOOK, true));
    expect(phone.done).toEqual(['answer']);
    call('active');
    rerender(<HeadsetButtons />);
    await waitFor(() => expect(device.lamps).toBe(0b0001));
    act(() => device.press(MUTE, true));
    act(() => device.press(MUTE, false));
    expect(phone.done).toEqual(['answer', 'mute']);
    call('active', true);
    rerender(<HeadsetButtons />);
    await waitFor(() => expect(device.lamps).toBe(0b1001));
    act(() => device.press(MUTE, true));
    expect(phone.done.at(-1)).toBe('unmute');
    act(() => device.press(HOOK, false));
    expect(phone.done.at(-1)).toBe('hang_up');
  });

  it('decline a ring by the drop button', async () => {
    call('ringing');
    render(<HeadsetButtons />);
    await waitFor(() => expect(device.opened).toBe(true));
    act(() => device.press(DROP, true));
    expect(phone.done).toEqual(['decline']);
  });

  it('do nothing where they are not wanted, or where another tab holds the phone', async () => {
    setAudioPreferences({ buttons: false });
    const { rerender } = render(<HeadsetButtons />);
    setAudioPreferences({ buttons: true });
    phone.state = { ...phone.state, here: false };
    rerender(<HeadsetButtons />);
    await Promise.resolve();
    expect(device.opened).toBe(false);
  });

  it('are given back when they are not wanted any more', async () => {
    render(<HeadsetButtons />);
    await waitFor(() => expect(device.opened).toBe(true));
    act(() => setAudioPreferences({ buttons: false }));
    await waitFor(() => expect(device.opened).toBe(false));
  });
});
