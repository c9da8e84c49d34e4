import { ActionIcon, SegmentedControl, Switch } from '@mantine/core';
import { Pause, Play } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import WaveSurfer from 'wavesurfer.js';
import { duration } from '~/lib/format';
import { readStored, writeStored } from '~/lib/storage';
import css from './Player.module.css';
import { afterSilence } from './silence';

export interface WaveformProps {
  /** Address of the audio; the browser asks for byte ranges, so a long recording starts at once. */
  url: string;
  /** Two rows of peaks 0-1 (customer, agent), made by the server. */
  peaks: readonly (readonly number[])[];
  seconds: number;
  /** Words for the two rows, for the eye and for a screen reader. */
  channels: readonly [string, string];
}

const SPEEDS = ['1', '1.25', '1.5', '2'] as const;
const STEP = 5;
const SKIPS = 'player_skips_silence';

export default function Player({ url, peaks, seconds, channels }: WaveformProps) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const surfer = useRef<WaveSurfer | null>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [speed, setSpeed] = useState<string>('1');
  const [failed, setFailed] = useState(false);
  const [skips, setSkips] = useState(() => readStored<boolean>(SKIPS, false));
  const skipping = useRef(skips);
  skipping.current = skips;
  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const token = (name: string) => style.getPropertyValue(name).trim();
    // Nothing is asked for until it is played: opening a recording is not listening to it.
    const media = new Audio();
    media.preload = 'none';
    const it = WaveSurfer.create({
      container: box.current!,
      media,
      url,
      peaks: peaks.map((row) => Float32Array.from(row)),
      duration: seconds,
      height: 44,
      barWidth: 2,
      barGap: 1,
      barRadius: 2,
      normalize: false,
      backend: 'MediaElement',
      cursorColor: token('--ink'),
      splitChannels: [
        { waveColor: token('--state-connected'), progressColor: token('--mantine-primary-color-filled') },
        { waveColor: token('--state-wrap_up'), progressColor: token('--mantine-primary-color-filled') },
      ] as never,
    });
    surfer.current = it;
    setFailed(false);
    it.on('timeupdate', (time) => {
      setAt(time);
      const next = skipping.current && it.isPlaying() ? afterSilence(peaks, seconds, time) : null;
      if (next !== null) it.setTime(next);
    });
    it.on('play', () => setPlaying(true));
    it.on('pause', () => setPlaying(false));
    it.on('finish', () => setPlaying(false));
    it.on('error', () => setFailed(true));
    return () => it.destroy();
  }, [url, peaks, seconds]);

  const seek = (to: number) => surfer.current?.setTime(Math.min(seconds, Math.max(0, to)));
  return (
    <div className={css.player}>
      <div className={css.bar}>
        <ActionIcon
          size={38}
          radius="xl"
          variant="filled"
          color="brand"
          disabled={failed}
          aria-label={playing ? t('common.player.pause') : t('common.player.play')}
          onClick={() => void surfer.current?.playPause()}
        >
          {playing ? <Pause size={18} /> : <Play size={18} />}
        </ActionIcon>
        <b className="num">
          {duration(at)} / {duration(seconds)}
        </b>
        <input
          className={css.range}
          type="range"
          min={0}
          max={Math.max(1, Math.floor(seconds))}
          step={1}
          value={Math.floor(at)}
          aria-label={t('common.player.position')}
          aria-valuetext={`${duration(at)} / ${duration(seconds)}`}
          onChange={(e) => seek(Number(e.currentTarget.value))}
          onKeyDown={(e) => {
            if (e.code === 'Space') {
              e.preventDefault();
              void surfer.current?.playPause();
            } else if (e.code === 'PageUp' || e.code === 'PageDown') {
              e.preventDefault();
              seek(at + (e.code === 'PageUp' ? STEP : -STEP));
            }
          }}
        />
        <SegmentedControl
          size="xs"
          aria-label={t('common.player.speed')}
          value={speed}
          data={SPEEDS.map((value) => ({ value, label: `${value}×` }))}
          onChange={(value) => {
            setSpeed(value);
            surfer.current?.setPlaybackRate(Number(value), true);
          }}
        />
        <Switch
          label={t('common.player.skip_silence')}
          checked={skips}
          onChange={(e) => {
            setSkips(e.currentTarget.checked);
            writeStored(SKIPS, e.currentTarget.checked);
          }}
        />
      </div>
      {failed ? <p className={css.failed}>{t('common.player.failed')}</p> : null}
      <div className={css.wave}>
        <div className={css.names} aria-hidden>
          <span>{channels[0]}</span>
          <span>{channels[1]}</span>
        </div>
        <div ref={box} className={css.canvas} aria-hidden />
      </div>
    </div>
  );
}
