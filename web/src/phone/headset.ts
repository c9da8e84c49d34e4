/* Buttons and lamps of a headset, by the HID usage tables of the USB-IF (Telephony page 0x0B, LED page 0x08): where
   in its reports a device keeps its hook switch, its mute and its lamps is read from what it says of itself. */

export interface ReportItem {
  usages?: number[];
  usageMinimum?: number;
  usageMaximum?: number;
  isRange?: boolean;
  isArray?: boolean;
  reportSize?: number;
  reportCount?: number;
}
export interface ReportInfo {
  reportId?: number;
  items?: ReportItem[];
}
export interface Collection {
  usagePage?: number;
  usage?: number;
  inputReports?: ReportInfo[];
  outputReports?: ReportInfo[];
  children?: Collection[];
}
export interface InputReport {
  reportId: number;
  data: DataView;
}
/** What of a browser's HIDDevice is used, so that a test can be one. */
export interface HeadsetDevice {
  readonly opened: boolean;
  readonly productName: string;
  readonly collections: readonly Collection[];
  open(): Promise<void>;
  close(): Promise<void>;
  sendReport(reportId: number, data: BufferSource): Promise<void>;
  addEventListener(type: 'inputreport', listener: (event: InputReport) => void): void;
  removeEventListener(type: 'inputreport', listener: (event: InputReport) => void): void;
}
export interface HidPort {
  getDevices(): Promise<HeadsetDevice[]>;
  requestDevice(options: { filters: { usagePage: number }[] }): Promise<HeadsetDevice[]>;
}

const TELEPHONY = 0x0b;
const BUTTONS = { hook: 0x0b_0020, drop: 0x0b_0026, mute: 0x0b_002f } as const;
const LAMPS = { mute: 0x08_0009, offHook: 0x08_0017, ring: 0x08_0018 } as const;

export type Button = keyof typeof BUTTONS;
export type Lamps = Record<keyof typeof LAMPS, boolean>;
interface Place {
  reportId: number;
  bit: number;
}

/** The browser's own, where it has one: Chromium on a computer. */
export const hidPort = (): HidPort | null =>
  (globalThis.navigator as (Navigator & { hid?: HidPort }) | undefined)?.hid ?? null;

export const isHeadset = (device: HeadsetDevice): boolean =>
  flat(device.collections).some((it) => it.usagePage === TELEPHONY);

function flat(collections: readonly Collection[]): Collection[] {
  return collections.flatMap((it) => [it, ...flat(it.children ?? [])]);
}

/** Where each usage stands: a report and a bit in it. Items of one report follow each other over all collections. */
function places(
  device: HeadsetDevice,
  kind: 'inputReports' | 'outputReports',
  wanted: Record<string, number>,
): { found: Map<string, Place>; bytes: Map<number, number> } {
  const names = new Map(Object.entries(wanted).map(([name, usage]) => [usage, name]));
  const found = new Map<string, Place>();
  const bits = new Map<number, number>();
  const seen = new Set<ReportInfo>();
  for (const collection of flat(device.collections)) {
    for (const report of collection[kind] ?? []) {
      if (seen.has(report)) continue;
      seen.add(report);
      const reportId = report.reportId ?? 0;
      let bit = bits.get(reportId) ?? 0;
      for (const item of report.items ?? []) {
        const size = item.reportSize ?? 0;
        const count = item.reportCount ?? 0;
        for (let index = 0; index < count; index++) {
          const usage = item.isRange ? (item.usageMinimum ?? 0) + index : item.usages?.[index];
          const name = usage === undefined ? undefined : names.get(usage);
          // An array names what is pressed by number; the buttons of telephones are bits of their own.
          if (name && !item.isArray && !found.has(name))
            found.set(name, { reportId, bit: bit + index * size });
        }
        bit += size * count;
      }
      bits.set(reportId, bit);
    }
  }
  return { found, bytes: new Map([...bits].map(([id, bit]) => [id, Math.ceil(bit / 8)])) };
}

/** One opened headset: says which button was pressed or released, shows lamps. */
export class Headset {
  private readonly buttons;
  private readonly lamps;
  private pressed: Partial<Record<Button, boolean>> = {};
  private shown: Lamps = { mute: false, offHook: false, ring: false };

  constructor(
    private readonly device: HeadsetDevice,
    private readonly onButton: (button: Button, isDown: boolean) => void,
  ) {
    this.buttons = places(device, 'inputReports', BUTTONS);
    this.lamps = places(device, 'outputReports', LAMPS);
  }

  async open(): Promise<void> {
    if (!this.device.opened) await this.device.open();
    this.device.addEventListener('inputreport', this.hear);
    await this.write();
  }

  async close(): Promise<void> {
    this.device.removeEventListener('inputreport', this.hear);
    this.shown = { mute: false, offHook: false, ring: false };
    await this.write().catch(() => undefined);
    await this.device.close().catch(() => undefined);
  }

  /** A headset whose lamp says off-hook sends its hook as pressed from now on: that is no press. */
  async show(lamps: Lamps): Promise<void> {
    const { mute, offHook, ring } = this.shown;
    if (lamps.mute === mute && lamps.offHook === offHook && lamps.ring === ring) return;
    this.shown = lamps;
    if (lamps.offHook !== offHook) this.pressed.hook = lamps.offHook;
    await this.write();
  }

  private hear = ({ reportId, data }: InputReport): void => {
    for (const [name, place] of this.buttons.found) {
      if (place.reportId !== reportId || place.bit >> 3 >= data.byteLength) continue;
      const button = name as Button;
      const isDown = Boolean((data.getUint8(place.bit >> 3) >> (place.bit & 7)) & 1);
      if (isDown === (this.pressed[button] ?? false)) continue;
      this.pressed[button] = isDown;
      this.onButton(button, isDown);
    }
  };

  private async write(): Promise<void> {
    const reports = new Map<number, Uint8Array<ArrayBuffer>>();
    for (const [name, { reportId, bit }] of this.lamps.found) {
      const bytes = reports.get(reportId) ?? new Uint8Array(this.lamps.bytes.get(reportId) ?? 1);
      reports.set(reportId, bytes);
      if (this.shown[name as keyof Lamps]) bytes[bit >> 3]! |= 1 << (bit & 7);
    }
    for (const [reportId, bytes] of reports) await this.device.sendReport(reportId, bytes);
  }
}
