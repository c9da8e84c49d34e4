import { Button, Modal, NumberInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import dayjs from 'dayjs';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, problemText } from '~/api/client';
import type { BreakJudgement, BreakRow, UsedRow } from '~/api/gen';
import { named, useDeskWords } from '~/api/session';
import { serverNow } from '~/lib/clock';
import { clock, count } from '~/lib/format';
import { announce } from '~/ui/announce';
import { Chip } from '~/ui/Chip';
import { TimeField } from '~/ui/TimeField';
import { toast } from '~/ui/toast';
import { usedText } from './BreakBar';
import css from './Breaks.module.css';

const USUAL = 15;
const PAUSE_MS = 400;

/** Reason, length, when; and at once whether cover holds and who will decide. */
export default function BreakDialog({ used, onClose }: { used: readonly UsedRow[]; onClose: () => void }) {
  const { t } = useTranslation();
  const words = useDeskWords();
  const queries = useQueryClient();
  const reasons = words.settings.reasons;
  const [chosen, setChosen] = useState<number | null>(null);
  const reasonId = chosen ?? reasons[0]?.id ?? null;
  const reason = words.reason(reasonId);
  const [typed, setTyped] = useState<number | string | null>(null);
  const minutes = typed ?? minutesOf(reason?.max_seconds);
  const [time, setTime] = useState('');
  const [note, setNote] = useState('');
  const body =
    reasonId && Number(minutes) > 0
      ? { reason_id: reasonId, minutes: Number(minutes), starts_at: momentOf(time), note: note.trim() }
      : null;
  const asked = useSettled(body ? JSON.stringify({ ...body, note: '' }) : '');
  const told = useQuery({
    queryKey: ['breaks', 'preview', asked],
    queryFn: () => post<BreakJudgement>('/api/v1/breaks/preview', JSON.parse(asked)),
    enabled: asked !== '',
    staleTime: 10_000,
    retry: false,
  });
  const send = useMutation({
    mutationFn: (it: object) => post<BreakRow>('/api/v1/breaks', it),
    onSuccess: (row) => {
      const said = t(row.status === 'approved' ? 'team.break.said_approved' : 'team.break.said_asked');
      announce(said);
      toast(said);
      void queries.invalidateQueries({ queryKey: ['breaks'] });
      onClose();
    },
  });
  const spent = used.find((it) => it.reason_id === reasonId);
  const judged = told.data;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('team.break.ask_title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className={css.form}
        onSubmit={(e) => {
          e.preventDefault();
          if (body) send.mutate(body);
        }}
      >
        <Select
          label={t('team.break.reason')}
          data={reasons.map((it) => ({ value: String(it.id), label: named(it) }))}
          value={reasonId ? String(reasonId) : null}
          allowDeselect={false}
          data-autofocus
          onChange={(value) => {
            setChosen(Number(value));
            setTyped(null);
          }}
        />
        {spent ? <p className="muted">{t('team.break.today', { used: usedText(spent) })}</p> : null}
        <div className={css.pair}>
          <NumberInput
            label={t('team.break.minutes')}
            value={minutes}
            onChange={setTyped}
            min={1}
            max={240}
            allowDecimal={false}
          />
          <TimeField
            label={t('team.break.when')}
            placeholder={t('team.break.now')}
            value={time}
            onChange={setTime}
          />
        </div>
        <TextInput
          label={t('team.break.note')}
          value={note}
          maxLength={200}
          onChange={(e) => setNote(e.currentTarget.value)}
        />
        <div className={css.told} role="status" data-testid="break-judgement">
          {told.error ? <span className={css.bad}>{problemText(told.error)}</span> : null}
          {judged ? (
            <>
              <Chip tone={judged.is_sure ? 'ok' : 'warn'}>
                {t(judged.is_sure ? 'team.break.at_once' : 'team.break.to_supervisor')}
              </Chip>{' '}
              {t(`team.rule.${judged.rule}`)}{' '}
              {judged.worst ? (
                <span className="muted">
                  {judged.worst.required === null
                    ? t('team.break.left', {
                        time: clock(judged.worst.starts_at),
                        left: count(judged.worst.left),
                      })
                    : t('team.break.left_of', {
                        time: clock(judged.worst.starts_at),
                        left: count(judged.worst.left),
                        required: count(judged.worst.required),
                      })}
                </span>
              ) : null}
            </>
          ) : null}
        </div>
        {send.error ? (
          <p role="alert" className={css.bad}>
            {problemText(send.error)}
          </p>
        ) : null}
        <div className={css.acts}>
          <Button type="submit" loading={send.isPending} disabled={!body || reason === undefined}>
            {t('team.break.ask')}
          </Button>
          <Button variant="subtle" onClick={onClose}>
            {t('common.cancel')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

const minutesOf = (seconds: number | null | undefined): number =>
  seconds ? Math.max(1, Math.round(seconds / 60)) : USUAL;

/** A wall time of today; one that is long over is tomorrow's. Null: now. */
function momentOf(time: string): string | null {
  if (!time) return null;
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const now = dayjs(serverNow());
  const today = now.hour(hour).minute(minute).second(0).millisecond(0);
  return (today.isBefore(now.subtract(5, 'minute')) ? today.add(1, 'day') : today).toISOString();
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
