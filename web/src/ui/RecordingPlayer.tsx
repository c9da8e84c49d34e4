import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CreditCard, Download, MicOff, Pause } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText } from '~/api/client';
import type { Peaks } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { textOf } from '~/i18n';
import { duration, formatLanguage } from '~/lib/format';
import { ErrorState, Loading } from './Notice';
import css from './RecordingPlayer.module.css';
import { Waveform } from './Waveform';

export interface Recorded {
  segment_id: string;
  duration_seconds: number | null;
  size_bytes: number | null;
  state: string;
  missing_cause: string | null;
  sha256?: string | null;
}

const MB = 1024 * 1024;

function useSize(): (bytes: number | null) => string | null {
  const { t } = useTranslation();
  return (bytes) => {
    if (bytes === null) return null;
    const words = new Intl.NumberFormat(formatLanguage() === 'en' ? 'en-GB' : 'ru', {
      maximumFractionDigits: bytes < 10 * MB ? 1 : 0,
    });
    return bytes < MB
      ? t('lists.size.kb', { size: words.format(Math.ceil(bytes / 1024)) })
      : t('lists.size.mb', { size: words.format(bytes / MB) });
  };
}

const QUIET = 0.02;
const TOP = 0.95;

/** Telephone speech is quiet: drawn as it is, it would be a flat line. Both sides by one factor, so they compare. */
function louder(rows: readonly number[][]): number[][] {
  const top = Math.max(QUIET, ...rows.map((row) => row.reduce((most, it) => Math.max(most, it), 0)));
  return rows.map((row) => row.map((it) => Math.min(1, (it / top) * TOP)));
}

/** One recorded talk: the customer above, the agent below, and the file for whoever may take it away.
 * path: where the audio of a message stands, which all may hear who see the message. */
export function RecordingPlayer({ recording, path: own }: { recording: Recorded; path?: string }) {
  const { t } = useTranslation();
  const listens = useCan('listen.recordings');
  const mayListen = own !== undefined || listens;
  const mayDownload = useCan('download.recordings') && own === undefined;
  const size = useSize();
  const path = own ?? `/api/v1/recordings/${recording.segment_id}`;
  const isStored = recording.state === 'stored';
  const { data, error, refetch } = useQuery({
    queryKey: ['peaks', recording.segment_id],
    queryFn: ({ signal }) => get<Peaks>(`${path}/peaks`, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
    enabled: isStored && mayListen,
  });
  const peaks = useMemo(() => (data ? louder([data.left, data.right]) : null), [data]);
  if (!isStored || !mayListen) {
    const cause = recording.missing_cause
      ? (textOf(`lists.recording.cause.${recording.missing_cause}`) ?? recording.missing_cause)
      : null;
    return (
      <p className={css.none}>
        <MicOff size={15} aria-hidden />
        <span>
          {textOf(`lists.recording.state.${recording.state}`) ?? recording.state}
          {cause ? `. ${cause}` : ''}
        </span>
      </p>
    );
  }
  if (error && !data) return <ErrorState text={problemText(error)} onRetry={() => void refetch()} />;
  if (!data || !peaks) return <Loading rows={4} />;
  return (
    <div className={css.recording}>
      <Waveform
        url={`${path}/audio`}
        peaks={peaks}
        seconds={data.duration_seconds}
        channels={[t('lists.recording.customer'), t('lists.recording.agent')]}
      />
      {data.pauses?.length ? (
        <p className={css.none}>
          <CreditCard size={15} aria-hidden />
          <span>
            {t('lists.recording.card', {
              spans: data.pauses
                .map((it) => `${duration(it.from_seconds)}–${duration(it.to_seconds)}`)
                .join(', '),
            })}
          </span>
        </p>
      ) : null}
      {data.holds?.length ? (
        <p className={css.none}>
          <Pause size={15} aria-hidden />
          <span>
            {t(data.has_silent_holds ? 'lists.recording.holds_silent' : 'lists.recording.holds', {
              spans: data.holds
                .map((it) => `${duration(it.from_seconds)}–${duration(it.to_seconds)}`)
                .join(', '),
            })}
          </span>
        </p>
      ) : null}
      <div className={css.file}>
        <span
          className="num"
          title={recording.sha256 ? t('lists.recording.sha256', { sum: recording.sha256 }) : undefined}
        >
          {size(recording.size_bytes)}
        </span>
        {mayDownload ? (
          <Button
            component="a"
            href={`${path}/download`}
            download
            size="compact-sm"
            variant="default"
            leftSection={<Download size={14} aria-hidden />}
          >
            {t('lists.download')}
          </Button>
        ) : null}
      </div>
    </div>
  );
}
