import { Button, Select, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { Pencil } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemText, put } from '~/api/client';
import type { DispositionRow, InteractionDetail, OutcomeSaved } from '~/api/gen/types.gen';
import { useDispositions } from '~/api/names';
import { named, useCan } from '~/api/session';
import { dayTime } from '~/lib/format';
import { useConfirm } from '~/ui/Confirm';
import { toast } from '~/ui/toast';
import css from './Interactions.module.css';
import { Part } from './Part';

const LONGEST_NOTE = 4000;

/** What the agent made of it. Changed afterwards only by those who may. */
export function OutcomePart({ it, queueId }: { it: InteractionDetail; queueId: number | null }) {
  const { t } = useTranslation();
  const dispositions = useDispositions();
  const mayEdit = useCan('edit.outcomes');
  const [editing, setEditing] = useState(false);
  const found = dispositions.of(it.disposition_id);
  return (
    <Part title={t('interactions.result')}>
      {editing ? (
        <Editor it={it} queueId={queueId} dispositions={dispositions.all} onDone={() => setEditing(false)} />
      ) : (
        <div className={css.result}>
          <div>
            <b>{found ? named(found) : t('interactions.no_disposition')}</b>
            {it.note ? <p className={css.noteText}>{it.note}</p> : null}
            {it.outcome_saved_at ? (
              <p className={css.hint}>
                {[it.outcome_by_name, dayTime(it.outcome_saved_at)].filter(Boolean).join(', ')}
              </p>
            ) : null}
          </div>
          {mayEdit ? (
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<Pencil size={13} aria-hidden />}
              onClick={() => setEditing(true)}
            >
              {t('common.edit')}
            </Button>
          ) : null}
        </div>
      )}
    </Part>
  );
}

function Editor({
  it,
  queueId,
  dispositions,
  onDone,
}: {
  it: InteractionDetail;
  queueId: number | null;
  dispositions: readonly DispositionRow[];
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const [disposition, setDisposition] = useState<string | null>(
    it.disposition_id ? String(it.disposition_id) : null,
  );
  const [note, setNote] = useState(it.note);
  const dirty = note !== it.note || disposition !== (it.disposition_id ? String(it.disposition_id) : null);
  const save = useMutation({
    mutationFn: () =>
      put<OutcomeSaved>(`/api/v1/interactions/${it.interaction_id}/outcome`, {
        disposition_id: disposition ? Number(disposition) : null,
        note,
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['interaction', it.interaction_id] });
      void queries.invalidateQueries({ queryKey: ['interactions'] });
      toast(t('common.saved'));
      onDone();
    },
  });
  useBlocker({
    shouldBlockFn: async () =>
      dirty &&
      !save.isPending &&
      !(await ask({
        title: t('interactions.unsaved.title'),
        text: t('interactions.unsaved.text'),
        confirm: t('interactions.unsaved.leave'),
        danger: true,
      })),
    enableBeforeUnload: dirty,
  });
  const fitting = dispositions.filter(
    (one) =>
      one.id === it.disposition_id ||
      (one.is_active && (!one.queue_ids.length || (queueId !== null && one.queue_ids.includes(queueId)))),
  );
  const kinds = [...new Set(fitting.map((one) => one.kind))];
  return (
    <form
      className={css.form}
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate();
      }}
      onKeyDown={(e) => {
        if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
          e.preventDefault();
          save.mutate();
        }
      }}
    >
      <Select
        label={t('interactions.column.disposition')}
        placeholder={t('interactions.no_disposition')}
        searchable
        clearable
        allowDeselect
        data-autofocus
        nothingFoundMessage={t('lists.pick.nothing')}
        value={disposition}
        onChange={setDisposition}
        data={kinds.map((kind) => ({
          group: t(`common.disposition_kind.${kind}`),
          items: fitting
            .filter((one) => one.kind === kind)
            .map((one) => ({ value: String(one.id), label: named(one) })),
        }))}
      />
      <Textarea
        label={t('interactions.note')}
        autosize
        minRows={3}
        maxRows={10}
        maxLength={LONGEST_NOTE}
        value={note}
        onChange={(e) => setNote(e.currentTarget.value)}
      />
      {save.error ? (
        <p className={css.problem} role="alert">
          {problemText(save.error)}
        </p>
      ) : null}
      <div className={css.buttons}>
        <Button variant="default" onClick={onDone}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" loading={save.isPending} disabled={!dirty}>
          {t('common.save')}
        </Button>
      </div>
    </form>
  );
}
