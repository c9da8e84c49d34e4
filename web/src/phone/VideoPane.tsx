import { Video, VideoOff } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePhone } from './PhoneProvider';
import { audioPreferences } from './preferences';
import css from './VideoPane.module.css';

async function openCamera(chosen: string | null): Promise<MediaStream> {
  const size = { width: { ideal: 640 }, height: { ideal: 480 } };
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: chosen ? { ...size, deviceId: { exact: chosen } } : size,
    });
  } catch (error) {
    // The chosen one is unplugged: any is better than none.
    if (chosen) return navigator.mediaDevices.getUserMedia({ video: size });
    throw error;
  }
}

/** The way on which our picture goes: the first one of the call. */
const wayOut = (connection: RTCPeerConnection | undefined) =>
  connection?.getTransceivers().find((it) => it.receiver.track.kind === 'video');

/** The picture of a call that may have one. Ours is off until the agent turns it on. */
export default function VideoPane() {
  const { t } = useTranslation();
  const { engine, state } = usePhone();
  const [mine, setMine] = useState<MediaStream | null>(null);
  const [denied, setDenied] = useState(false);
  const theirs = useRef<HTMLVideoElement>(null);
  const own = useRef<HTMLVideoElement>(null);
  const picture = engine.pictures.filter((track) => !track.muted && track.readyState === 'live').at(-1);

  useEffect(() => {
    if (theirs.current) theirs.current.srcObject = picture ? new MediaStream([picture]) : null;
  }, [picture]);
  useEffect(() => {
    if (own.current) own.current.srcObject = mine;
    return () => {
      for (const track of mine?.getTracks() ?? []) track.stop();
    };
  }, [mine]);

  const turn = async () => {
    const way = wayOut(engine.connection());
    if (!way) return;
    if (mine) {
      await way.sender.replaceTrack(null).catch(() => undefined);
      setMine(null);
      return;
    }
    try {
      const stream = await openCamera(audioPreferences().camera);
      await way.sender.replaceTrack(stream.getVideoTracks()[0] ?? null);
      setDenied(false);
      setMine(stream);
    } catch {
      setDenied(true);
    }
  };
  return (
    <div className={css.pane} data-testid="video" data-picture={picture ? true : undefined}>
      {picture || mine ? (
        <div className={css.stage}>
          <video
            ref={theirs}
            className={css.theirs}
            autoPlay
            playsInline
            muted
            aria-label={t('video.theirs')}
          />
          {picture ? null : <p className={css.none}>{t('video.no_picture')}</p>}
          {mine ? (
            <video ref={own} className={css.mine} autoPlay playsInline muted aria-label={t('video.mine')} />
          ) : null}
        </div>
      ) : null}
      <button
        type="button"
        className={css.toggle}
        aria-pressed={Boolean(mine)}
        disabled={state.call?.phase !== 'active'}
        onClick={() => void turn()}
      >
        {mine ? <VideoOff size={16} aria-hidden /> : <Video size={16} aria-hidden />}
        {t(mine ? 'video.camera_off' : 'video.camera_on')}
      </button>
      {denied ? (
        <p className={css.denied} role="alert">
          {t('video.camera_denied')}
        </p>
      ) : null}
    </div>
  );
}
