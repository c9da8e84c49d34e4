import { Button, Group, Modal, Select } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallbackRow } from '~/api/callbacks';
import { problemText } from '~/api/client';
import { serverNow } from '~/lib/clock';
import { dayTimeIn, momentOf, wallAt } from '~/lib/zoned';
import { announce } from '~/ui/announce';
import { Banner } from '~/ui/Notice';
import { Party } from '~/ui/Party';
import { toast } from '~/ui/toast';
import css from './Callbacks.module.css';
import { WhenFields } from './WhenFields';

/** Another moment for an arranged call; `owners`: to whom it may be given, for a supervisor. */
export default function MoveDialog({
  row,
  owners,
  onSave,
  onClose,
}: {
  row: CallbackRow;
  owners?: { id: number; name: string }[];
  onSave: (due: string, ownerId: number | null) => Promise<unknown>;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [wall, setWall] = useState(() => wallAt(Math.max(Date.parse(row.due_at), serverNow()), row.zone));
  const [owner, setOwner] = useState(row.owner_id ? String(row.owner_id) : '');
  const [trouble, setTrouble] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const moment = momentOf(wall, row.zone);
  const save = async () => {
    if (moment === null) return;
    setBusy(true);
    setTrouble(null);
    try {
      await onSave(new Date(moment).toISOString(), owner ? Number(owner) : null);
      const said = t('callbacks.moved', { time: dayTimeIn(moment) });
      announce(said);
      toast(said);
      onClose();
    } catch (refused) {
      setTrouble(problemText(refused));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size={480}
      title={t(owners ? 'callbacks.page.edit_title' : 'callbacks.move_title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className={css.form}
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
      >
        <Party name={row.customer_name} number={row.number} />
        <WhenFields zone={row.zone} source={row.zone_source} value={wall} onChange={setWall} />
        {owners ? (
          <Select
            mt="sm"
            label={t('callbacks.who')}
            value={owner}
            data={[
              { value: '', label: t('callbacks.page.owner_any') },
              ...owners.map((it) => ({ value: String(it.id), label: it.name })),
            ]}
            searchable
            onChange={(next) => setOwner(next ?? '')}
            allowDeselect={false}
          />
        ) : null}
        {trouble ? <Banner tone="bad">{trouble}</Banner> : null}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={busy} disabled={moment === null}>
            {t('callbacks.save')}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
