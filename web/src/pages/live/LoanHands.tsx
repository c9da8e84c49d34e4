import { Button, Checkbox, MultiSelect, Select } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, problemText, put } from '~/api/client';
import { useCan } from '~/api/session';
import { serverNow } from '~/lib/clock';
import { clock } from '~/lib/format';
import { useThrottled } from '~/live/hooks';
import { live } from '~/live/store';
import type { LiveAgent } from '~/live/types';
import { announce } from '~/ui/announce';
import { toast } from '~/ui/toast';
import css from './Live.module.css';

const QUARTER_MS = 15 * 60_000;
const CHOICES = 32;

/** Other queues for a while: the end comes by itself at a quarter of an hour. */
export function LoanHands({ agent }: { agent: LiveAgent }) {
  const { t } = useTranslation();
  const mayDirect = useCan('direct.agents');
  const queues = useThrottled(['queues'], 1000, () =>
    [...live.queues.values()].map((it) => ({ value: String(it.id), label: it.name })),
  );
  const [open, setOpen] = useState(false);
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [picked, setPicked] = useState<string[]>([]);
  const [only, setOnly] = useState(false);
  const times = useMemo(() => {
    const first = (Math.floor(serverNow() / QUARTER_MS) + 1) * QUARTER_MS;
    return Array.from({ length: CHOICES }, (_, place) => {
      const at = first + place * QUARTER_MS;
      return { value: String(at), label: clock(at) };
    });
  }, []);
  const [until, setUntil] = useState<string | null>(times[3]?.value ?? null);
  const names = (ids: readonly number[]) => ids.map((id) => live.queues.get(id)?.name ?? id).join(', ');
  const lent = agent.loan_queue_ids ?? [];
  if (!mayDirect && !lent.length) return null;
  const run = async (ask: () => Promise<unknown>, said: string) => {
    setPending(true);
    setRefusal(null);
    try {
      await ask();
      announce(said);
      toast(said);
      setOpen(false);
    } catch (error) {
      setRefusal(problemText(error));
    } finally {
      setPending(false);
    }
  };
  const lend = () =>
    run(
      () =>
        put(`/api/v1/agents/${agent.id}/loan`, {
          queue_ids: picked.map(Number),
          until: new Date(Number(until)).toISOString(),
          is_only: only,
        }),
      t('supervision.loan.saved', {
        name: agent.name,
        time: clock(Number(until)),
        queues: names(picked.map(Number)),
      }),
    );
  const end = () =>
    run(() => del(`/api/v1/agents/${agent.id}/loan`), t('supervision.loan.ended', { name: agent.name }));
  return (
    <section className={css.inHand} aria-label={t('supervision.loan.title')}>
      <h3>{t('supervision.loan.title')}</h3>
      <p className="muted">
        {lent.length && agent.loan_until_ms
          ? t(agent.loan_is_only ? 'supervision.loan.now_only' : 'supervision.loan.now', {
              time: clock(agent.loan_until_ms),
              queues: names(lent),
            })
          : t('supervision.loan.none')}
      </p>
      {mayDirect ? (
        <div className={css.inHandButtons}>
          {lent.length ? (
            <Button variant="default" loading={pending} onClick={() => void end()}>
              {t('supervision.loan.end')}
            </Button>
          ) : null}
          {open ? null : (
            <Button variant="default" onClick={() => setOpen(true)}>
              {t('supervision.loan.move')}
            </Button>
          )}
        </div>
      ) : null}
      {open ? (
        <form
          className={css.inHand}
          onSubmit={(event) => {
            event.preventDefault();
            void lend();
          }}
        >
          <MultiSelect
            label={t('supervision.loan.queues')}
            data={queues}
            value={picked}
            onChange={setPicked}
            searchable
            comboboxProps={{ zIndex: 350 }}
            data-autofocus
          />
          <Select
            label={t('supervision.loan.until')}
            data={times}
            value={until}
            onChange={setUntil}
            allowDeselect={false}
            comboboxProps={{ zIndex: 350 }}
          />
          <Checkbox
            label={t('supervision.loan.only')}
            description={t('supervision.loan.only_help')}
            checked={only}
            onChange={(event) => setOnly(event.currentTarget.checked)}
          />
          <div className={css.inHandButtons}>
            <Button type="submit" loading={pending} disabled={!picked.length || !until}>
              {t('supervision.loan.save')}
            </Button>
            <Button variant="default" onClick={() => setOpen(false)}>
              {t('common.cancel')}
            </Button>
          </div>
        </form>
      ) : null}
      {refusal ? (
        <p className={css.assignHint} role="alert" data-refusal>
          {refusal}
        </p>
      ) : null}
    </section>
  );
}
