import { Button, Group, Modal, SegmentedControl, Select, Text, Textarea } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { CalendarClock } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CALLBACKS, type CallbackPlan } from '~/api/callbacks';
import { get, post, problemText } from '~/api/client';
import { useQueues } from '~/api/names';
import { serverNow } from '~/lib/clock';
import { dayTimeIn, momentOf, type Wall, wallAt } from '~/lib/zoned';
import { useDesk } from '~/live/hooks';
import { announce } from '~/ui/announce';
import { Banner, Loading } from '~/ui/Notice';
import { Party } from '~/ui/Party';
import { toast } from '~/ui/toast';
import css from './Callbacks.module.css';
import { WhenFields } from './WhenFields';

const LONGEST_NOTE = 1000;

/** Who is to be called: the customer of a talk, or a number that was typed. */
export type Whom = { interactionId: string; queueId: number | null } | { number: string; queueId: null };

/** A call for later is arranged: when by the customer's clock, by whom, about what. */
export default function LaterDialog({ whom, onClose }: { whom: Whom; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const queues = useQueues();
  const desk = useDesk();
  const [queue, setQueue] = useState<string | null>(whom.queueId ? String(whom.queueId) : null);
  const [wall, setWall] = useState<Wall | null>(null);
  const [isPersonal, setPersonal] = useState(true);
  const [note, setNote] = useState('');
  const [trouble, setTrouble] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [zone, setZone] = useState<string | null>(null);
  const of = 'number' in whom ? { number: whom.number } : { interaction_id: whom.interactionId };
  const moment = wall && zone ? momentOf(wall, zone) : null;
  // The talk's own queue; for a typed number the first that the agent serves.
  const first = queues.all.find((it) => it.id === desk?.waiting[0]?.queue_id) ?? queues.all[0];
  const chosen = queue ?? (first ? String(first.id) : null);
  const { data, error } = useQuery({
    queryKey: [CALLBACKS, 'plan', of, chosen, moment],
    queryFn: ({ signal }) =>
      get<CallbackPlan>(
        '/api/v1/desk/callbacks/plan',
        {
          ...of,
          ...(chosen ? { queue_id: Number(chosen) } : {}),
          ...(moment === null ? {} : { due_at: new Date(moment).toISOString() }),
        },
        signal,
      ),
    placeholderData: keepPreviousData,
    retry: false,
  });
  // What stands on the screen stays there when a later question fails.
  const last = useRef<CallbackPlan | null>(null);
  if (data) last.current = data;
  const plan = last.current;
  // The first answer tells by which clock the customer lives, and the first of its moments stands chosen.
  if (plan && zone === null) {
    setZone(plan.zone);
    const soonest = plan.choices[0];
    if (soonest && wall === null) setWall(wallAt(soonest.due_at, plan.zone));
  }
  const quick = useRef<HTMLDivElement>(null);
  const isKnown = zone !== null;
  useEffect(() => {
    if (isKnown) quick.current?.querySelector('button')?.focus();
  }, [isKnown]);
  const arrange = async () => {
    if (moment === null || !chosen) return;
    setBusy(true);
    setTrouble(null);
    try {
      await post('/api/v1/desk/callbacks', {
        ...of,
        queue_id: Number(chosen),
        due_at: new Date(moment).toISOString(),
        is_personal: isPersonal,
        note,
      });
      const said = t('callbacks.made', { time: dayTimeIn(moment) });
      announce(said);
      toast(said);
      void queries.invalidateQueries({ queryKey: [CALLBACKS] });
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
      size={560}
      title={t('callbacks.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {error && !plan ? <Banner tone="bad">{problemText(error)}</Banner> : null}
      {!plan && !error ? <Loading rows={4} height={36} /> : null}
      {plan && wall && zone ? (
        <form
          className={css.form}
          onSubmit={(e) => {
            e.preventDefault();
            void arrange();
          }}
        >
          <div className={css.who}>
            <Party name={plan.customer_name} number={plan.number} />
          </div>
          {plan.arranged.map((one) => (
            <Banner key={one.interaction_id} tone="warn">
              {t('callbacks.arranged', { time: dayTimeIn(one.due_at), queue: one.queue_name })}
            </Banner>
          ))}
          <div ref={quick} className={css.quick} role="group" aria-label={t('callbacks.quick')}>
            {plan.choices.map((it) => (
              <button
                key={it.kind}
                type="button"
                className={css.choice}
                aria-pressed={moment === momentOf(wallAt(it.due_at, zone), zone)}
                onClick={() => setWall(wallAt(it.due_at, zone))}
              >
                {t(`callbacks.choice.${it.kind}`)}
                <span className="num">{dayTimeIn(it.due_at, zone)}</span>
              </button>
            ))}
          </div>
          <WhenFields zone={zone} source={plan.zone_source} value={wall} onChange={setWall} />
          {plan.is_open ? null : <Banner tone="warn">{t('callbacks.closed')}</Banner>}
          <Group mt="sm" align="end" grow preventGrowOverflow={false}>
            <Select
              label={t('callbacks.queue')}
              value={chosen}
              data={queues.all.map((it) => ({ value: String(it.id), label: it.name }))}
              onChange={setQueue}
              allowDeselect={false}
            />
            <div>
              <Text size="sm" fw={600} mb={4} id="later-who">
                {t('callbacks.who')}
              </Text>
              <SegmentedControl
                fullWidth
                aria-labelledby="later-who"
                value={isPersonal ? 'me' : 'queue'}
                onChange={(value) => setPersonal(value === 'me')}
                data={[
                  { value: 'me', label: t('callbacks.personal') },
                  { value: 'queue', label: t('callbacks.anybody') },
                ]}
              />
            </div>
          </Group>
          {isPersonal ? <p className={css.hint}>{t('callbacks.personal_text')}</p> : null}
          <Textarea
            mt="sm"
            label={t('callbacks.note')}
            placeholder={t('callbacks.note_hint')}
            maxLength={LONGEST_NOTE}
            autosize
            minRows={2}
            maxRows={5}
            value={note}
            onChange={(e) => setNote(e.currentTarget.value)}
          />
          {trouble ? <Banner tone="bad">{trouble}</Banner> : null}
          <Group justify="flex-end" mt="md">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button
              type="submit"
              loading={busy}
              disabled={moment === null || moment < serverNow() - 60_000 || !chosen}
              leftSection={<CalendarClock size={16} aria-hidden />}
            >
              {t('callbacks.make')}
            </Button>
          </Group>
        </form>
      ) : null}
    </Modal>
  );
}
