import { Button, Modal, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { DoorClosed, DoorOpen } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText, put } from '~/api/client';
import type { ClosurePrompt } from '~/api/gen';
import { useCan } from '~/api/session';
import { count } from '~/lib/format';
import { useThrottled } from '~/live/hooks';
import { live } from '~/live/store';
import { announce } from '~/ui/announce';
import { useConfirm } from '~/ui/Confirm';
import { toast } from '~/ui/toast';
import css from './Live.module.css';
import { PinButton } from './Pin';

/** Of the queue that is picked: closed to new customers with a message, or open. */
export function QueueHands({ queueId }: { queueId: number }) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const mayDirect = useCan('direct.agents');
  const queue = useThrottled(['queues'], 500, () => live.queues.get(queueId), [queueId]);
  const [closing, setClosing] = useState(false);
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  if (!queue) return null;
  const run = async (body: object, said: string) => {
    setPending(true);
    setRefusal(null);
    try {
      await put(`/api/v1/queues/${queueId}/closure`, body);
      announce(said);
      toast(said);
      setClosing(false);
    } catch (error) {
      setRefusal(problemText(error));
    } finally {
      setPending(false);
    }
  };
  const open = async () => {
    const sure = await ask({
      title: t('supervision.queue.open_title', { name: queue.name }),
      text: t('supervision.queue.open_text'),
      confirm: t('supervision.queue.open'),
    });
    if (sure) await run({ is_closed: false }, t('supervision.queue.opened_said', { name: queue.name }));
  };
  return (
    <div className={css.queueHands}>
      <b>{queue.name}</b>
      <PinButton kind="queue" id={queueId} name={queue.name} />
      {!mayDirect ? null : queue.is_closed ? (
        <Button
          size="xs"
          variant="default"
          leftSection={<DoorOpen size={15} aria-hidden />}
          loading={pending}
          onClick={() => void open()}
        >
          {t('supervision.queue.open')}
        </Button>
      ) : (
        <Button
          size="xs"
          variant="default"
          leftSection={<DoorClosed size={15} aria-hidden />}
          onClick={() => setClosing(true)}
        >
          {t('supervision.queue.close')}
        </Button>
      )}
      {refusal && !closing ? (
        <span className={css.assignHint} role="alert" data-refusal>
          {refusal}
        </span>
      ) : null}
      {closing ? (
        <Closing
          queueId={queueId}
          name={queue.name}
          waiting={queue.waiting}
          pending={pending}
          refusal={refusal}
          onClose={() => setClosing(false)}
          onDone={(body) => void run(body, t('supervision.queue.closed_said', { name: queue.name }))}
        />
      ) : null}
    </div>
  );
}

function Closing({
  queueId,
  name,
  waiting,
  pending,
  refusal,
  onClose,
  onDone,
}: {
  queueId: number;
  name: string;
  waiting: number;
  pending: boolean;
  refusal: string | null;
  onClose: () => void;
  onDone: (body: object) => void;
}) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ['closure-prompts'],
    queryFn: ({ signal }) => get<ClosurePrompt[]>('/api/v1/closure-prompts', {}, signal),
  });
  const [prompt, setPrompt] = useState('closed');
  const [then, setThen] = useState('end');
  const [other, setOther] = useState<string | null>(null);
  const others = [...live.queues.values()].filter((it) => it.id !== queueId && !it.is_closed);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('supervision.queue.close_title', { name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className={css.inHand}
        onSubmit={(event) => {
          event.preventDefault();
          onDone({ is_closed: true, prompt, then, queue_id: then === 'queue' ? Number(other) : null });
        }}
      >
        <p className={css.assignHead}>{t('supervision.queue.close_text', { count: count(waiting) })}</p>
        <Select
          label={t('supervision.queue.message')}
          data={(data ?? []).map((it) => ({
            value: it.name,
            label: it.is_shipped ? t('supervision.queue.shipped') : it.name,
          }))}
          value={prompt}
          onChange={(value) => setPrompt(value ?? 'closed')}
          allowDeselect={false}
          data-autofocus
        />
        <Select
          label={t('supervision.queue.then')}
          data={[
            { value: 'end', label: t('supervision.queue.then_end') },
            { value: 'callback', label: t('supervision.queue.then_callback') },
            { value: 'queue', label: t('supervision.queue.then_queue') },
          ]}
          value={then}
          onChange={(value) => setThen(value ?? 'end')}
          allowDeselect={false}
        />
        {then === 'queue' ? (
          <Select
            label={t('supervision.requeue.pick')}
            data={others.map((it) => ({ value: String(it.id), label: it.name }))}
            value={other}
            onChange={setOther}
            searchable
          />
        ) : null}
        {refusal ? (
          <p className={css.assignHint} role="alert" data-refusal>
            {refusal}
          </p>
        ) : null}
        <div className={css.assignFoot}>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button color="red" type="submit" loading={pending} disabled={then === 'queue' && !other}>
            {t('supervision.queue.close')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
