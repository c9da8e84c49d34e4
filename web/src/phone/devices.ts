/* Microphone and outputs of this browser. */

export type MicrophoneState =
  /** Not asked yet. */
  | 'prompt'
  | 'ready'
  /** The person or a policy said no. */
  | 'denied'
  /** No microphone is plugged in, or the chosen one is gone. */
  | 'missing'
  /** Another program holds it, or the driver failed. */
  | 'failed'
  /** The page is not secure (plain HTTP other than localhost): the browser has no microphone for it. */
  | 'insecure';

export interface AudioDevices {
  microphones: MediaDeviceInfo[];
  outputs: MediaDeviceInfo[];
  cameras: MediaDeviceInfo[];
  /** False where the browser cannot choose an output (no setSinkId). */
  canChooseOutput: boolean;
}

export const mediaAvailable = (): boolean => Boolean(navigator.mediaDevices?.getUserMedia);

export async function listDevices(): Promise<AudioDevices> {
  const canChooseOutput = 'setSinkId' in HTMLMediaElement.prototype;
  if (!navigator.mediaDevices?.enumerateDevices) {
    return { microphones: [], outputs: [], cameras: [], canChooseOutput };
  }
  const all = await navigator.mediaDevices.enumerateDevices();
  const real = (device: MediaDeviceInfo) => device.deviceId !== '' && device.deviceId !== 'communications';
  return {
    microphones: all.filter((device) => device.kind === 'audioinput' && real(device)),
    outputs: all.filter((device) => device.kind === 'audiooutput' && real(device)),
    cameras: all.filter((device) => device.kind === 'videoinput' && real(device)),
    canChooseOutput,
  };
}

export const constraints = (microphone: string | null): MediaStreamConstraints => ({
  audio: {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(microphone ? { deviceId: { exact: microphone } } : {}),
  },
  video: false,
});

export function microphoneFault(error: unknown): MicrophoneState {
  const name = error instanceof DOMException || error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  return 'failed';
}

/** Asks without opening anything: 'prompt' where the browser cannot tell. */
export async function microphonePermission(): Promise<PermissionState> {
  try {
    const status = await navigator.permissions.query({ name: 'microphone' as PermissionName });
    return status.state;
  } catch {
    return 'prompt';
  }
}

/** The chosen microphone, or, if it is gone, any: a call with the wrong microphone beats no call. */
export async function openMicrophone(chosen: string | null): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia(constraints(chosen));
  } catch (error) {
    if (chosen && microphoneFault(error) === 'missing') {
      return navigator.mediaDevices.getUserMedia(constraints(null));
    }
    throw error;
  }
}

/** Calls `report` with the loudness 0 … 1 about 15 times a second until stopped. */
export function measureLevel(stream: MediaStream, report: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  const source = context.createMediaStreamSource(stream);
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    let energy = 0;
    for (const sample of samples) energy += sample * sample;
    const decibels = 10 * Math.log10(energy / samples.length + 1e-10);
    report(Math.min(1, Math.max(0, (decibels + 60) / 50)));
  }, 66);
  return () => {
    clearInterval(timer);
    source.disconnect();
    void context.close().catch(() => undefined);
  };
}
