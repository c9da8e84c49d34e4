import { Button, Checkbox, CopyButton, Group, Modal, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Check, Copy, Video } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { InvitationMade, InvitationRow } from '~/api/gen/types.gen';
import { useQueues } from '~/api/names';
import { dayTime } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import { Banner } from '~/ui/Notice';
import css from './Desk.module.css';

const LASTS = [15, 60, 240, 1440] as const;
const TONE = { sent: 'mute', opened: 'warn', talked: 'ok', expired: 'mute' } as const;

/** A link by which a customer calls with his camera, and what became of the last ones. */
export default function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const queues = useQueues();
  const [queue, setQueue] = useState<string | null>(null);
  const [forMe, setForMe] = useState(true);
  const [minutes, setMinutes] = useState('60');
  const [made, setMade] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const sent = useQuery({
    queryKey: ['invitations', made],
    queryFn: ({ signal }) => get<InvitationRow[]>('/api/v1/desk/invitations', {}, signal),
  });
  const chosen = queue ?? (queues.all[0] ? String(queues.all[0].id) : null);
  const make = async () => {
    setBusy(true);
    setTrouble(null);
    try {
      const body = { queue_id: Number(chosen), for_me: forMe, minutes: Number(minutes) };
      const { path } = await post<InvitationMade>('/api/v1/desk/invitations', body);
      setMade(`${location.origin}${path}`);
    } catch (error) {
      setTrouble(problemText(error));
    } finally {
      setBusy(false);
    }
  };
  const lasts = (value: number) =>
    value < 60
      ? t('video.invite.minutes', { count: value })
      : t('video.invite.hours', { count: Math.round(value / 60) });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('video.invite.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <p className={css.inviteText}>{t('video.invite.text')}</p>
      {trouble ? <Banner tone="bad">{trouble}</Banner> : null}
      {made ? (
        <>
          <TextInput
            label={t('video.invite.link')}
            value={made}
            readOnly
            data-autofocus
            data-testid="invite-link"
            onFocus={(e) => e.currentTarget.select()}
          />
          <p className={css.inviteText}>{t('video.invite.once')}</p>
          <Group justify="flex-end" mt="sm">
            <CopyButton value={made}>
              {({ copied, copy }) => (
                <Button leftSection={copied ? <Check size={15} /> : <Copy size={15} />} onClick={copy}>
                  {t(copied ? 'video.invite.copied' : 'video.invite.copy')}
                </Button>
              )}
            </CopyButton>
          </Group>
        </>
      ) : (
        <form
          onSubmit={(e) => {
            e.preventDefault();
            void make();
          }}
        >
          <Select
            label={t('video.invite.queue')}
            value={chosen}
            data={queues.all.map((it) => ({ value: String(it.id), label: it.name }))}
            onChange={setQueue}
            allowDeselect={false}
          />
          <Select
            mt="sm"
            label={t('video.invite.lasts')}
            value={minutes}
            data={LASTS.map((value) => ({ value: String(value), label: lasts(value) }))}
            onChange={(value) => setMinutes(value ?? '60')}
            allowDeselect={false}
          />
          <Checkbox
            mt="md"
            label={t('video.invite.for_me')}
            checked={forMe}
            onChange={(e) => setForMe(e.currentTarget.checked)}
          />
          <Group justify="flex-end" mt="lg">
            <Button
              type="submit"
              loading={busy}
              disabled={!chosen}
              leftSection={<Video size={16} aria-hidden />}
              data-autofocus
            >
              {t('video.invite.make')}
            </Button>
          </Group>
        </form>
      )}
      {sent.data?.length ? (
        <>
          <h3 className={css.inviteHead}>{t('video.invite.sent')}</h3>
          <ul className={css.invites}>
            {sent.data.slice(0, 6).map((row) => (
              <li key={row.invitation_id}>
                <span className="num">{dayTime(row.created_at)}</span>
                <span>{queues.of(row.queue_id)?.name}</span>
                <Chip tone={TONE[row.state as keyof typeof TONE] ?? 'mute'}>
                  {t(`video.invite.state.${row.state as keyof typeof TONE}`)}
                </Chip>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </Modal>
  );
}
