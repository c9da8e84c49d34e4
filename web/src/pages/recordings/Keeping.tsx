import { Button, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { FileArchive, Lock } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { address, get, post, problemText } from '~/api/client';
import type { RecordingRow, UseRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { full } from '~/lib/format';
import { toast } from '~/ui/toast';
import css from './Recordings.module.css';

const SHORTEST_REASON = 3;

/** Asks why, since it stands in the audit for good. */
function Why({
  title,
  text,
  confirm,
  onClose,
  onSaid,
}: {
  title: string;
  text: string;
  confirm: string;
  onClose: () => void;
  onSaid: (reason: string) => void;
}) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const isEnough = reason.trim().length >= SHORTEST_REASON;
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size="sm"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className={css.why}
        onSubmit={(e) => {
          e.preventDefault();
          if (isEnough) onSaid(reason.trim());
        }}
      >
        <p>{text}</p>
        <TextInput
          label={t('recordings.why')}
          value={reason}
          maxLength={300}
          data-autofocus
          onChange={(e) => setReason(e.currentTarget.value)}
        />
        <div className={css.acts}>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" disabled={!isEnough}>
            {confirm}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

/** All of a filter as one ZIP with a manifest of hashes. */
export function Archive({
  query,
  isEmpty,
}: {
  query: Record<string, string | readonly (string | number)[]>;
  isEmpty: boolean;
}) {
  const { t } = useTranslation();
  const may = useCan('download.recordings');
  const [asks, setAsks] = useState(false);
  if (!may) return null;
  const take = (reason: string) => {
    setAsks(false);
    const link = document.createElement('a');
    link.href = address('/api/v1/recordings/archive', { ...query, reason });
    link.download = '';
    link.click();
    toast(t('recordings.zip.begun'));
  };
  return (
    <>
      <Button
        variant="default"
        leftSection={<FileArchive size={15} aria-hidden />}
        disabled={isEmpty}
        onClick={() => setAsks(true)}
      >
        {t('recordings.zip.button')}
      </Button>
      {asks ? (
        <Why
          title={t('recordings.zip.title')}
          text={t('recordings.zip.text')}
          confirm={t('lists.download')}
          onClose={() => setAsks(false)}
          onSaid={take}
        />
      ) : null}
    </>
  );
}

/** Not to be deleted, whatever the rules say. */
export function Hold({ recording }: { recording: RecordingRow }) {
  const { t } = useTranslation();
  const may = useCan('manage.recordings');
  const queries = useQueryClient();
  const [asks, setAsks] = useState(false);
  const hold = useMutation({
    mutationFn: (reason: string) =>
      post('/api/v1/retention/holds', { segment_id: recording.segment_id, reason }),
    onSuccess: async () => {
      setAsks(false);
      await queries.invalidateQueries({ queryKey: ['recordings'] });
      toast(t('recordings.hold.done'));
    },
    onError: (error) => toast(problemText(error), 'bad'),
  });
  if (recording.is_held) {
    return (
      <span className={css.held}>
        <Lock size={14} aria-hidden />
        {t('recordings.hold.held')}
      </span>
    );
  }
  if (!may || recording.state !== 'stored') return null;
  return (
    <>
      <Button
        size="compact-sm"
        variant="subtle"
        leftSection={<Lock size={14} aria-hidden />}
        onClick={() => setAsks(true)}
      >
        {t('recordings.hold.button')}
      </Button>
      {asks ? (
        <Why
          title={t('recordings.hold.title')}
          text={t('recordings.hold.text')}
          confirm={t('recordings.hold.button')}
          onClose={() => setAsks(false)}
          onSaid={(reason) => hold.mutate(reason)}
        />
      ) : null}
    </>
  );
}

/** Who listened to it and who took it away. */
export function Uses({ segmentId }: { segmentId: string }) {
  const { t } = useTranslation();
  const may = useCan('view.audit');
  const [open, setOpen] = useState(false);
  const uses = useQuery({
    queryKey: ['recordings', 'uses', segmentId],
    queryFn: ({ signal }) => get<UseRow[]>(`/api/v1/recordings/${segmentId}/uses`, {}, signal),
    enabled: may && open,
  });
  if (!may) return null;
  return (
    <details className={css.uses} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{t('recordings.uses.title')}</summary>
      {uses.error ? <p role="alert">{problemText(uses.error)}</p> : null}
      {uses.data?.length === 0 ? <p>{t('recordings.uses.nobody')}</p> : null}
      <ul>
        {uses.data?.map((it) => (
          <li key={`${it.at}${it.action}`}>
            <span className="num">{full(it.at)}</span> {it.by_name || '—'}:{' '}
            {t(`recordings.uses.${it.action as 'listened'}`)}
            {it.reason ? ` (${it.reason})` : ''}
          </li>
        ))}
      </ul>
    </details>
  );
}
