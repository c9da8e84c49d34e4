import { Button, NumberInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, get, problemText, put } from '~/api/client';
import type { ChatKept, DueRow, HoldRow, RetentionRow } from '~/api/gen/types.gen';
import { useQueues } from '~/api/names';
import { count, day, full } from '~/lib/format';
import { useConfirm } from '~/ui/Confirm';
import { ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';
import own from './Retention.module.css';

const MB = 1024 * 1024;
const LONGEST = 36_500;
type Days = number | string;

const daysOf = (value: Days | undefined): number | null =>
  value === '' || value === undefined ? null : Number(value);

/** How long recordings are kept, what a night would delete, what may not be deleted, what was. */
export default function Retention() {
  const { t } = useTranslation();
  const rules = useQuery({
    queryKey: ['admin', 'retention'],
    queryFn: ({ signal }) => get<RetentionRow>('/api/v1/retention', {}, signal),
  });
  return (
    <section className={css.area} aria-labelledby="area-title">
      <header className={css.areaHead}>
        <div className={css.areaTitle}>
          <h2 id="area-title">{t('admin.retention.title')}</h2>
          <p>{t('admin.retention.about')}</p>
        </div>
      </header>
      <div className={own.parts}>
        {rules.error && !rules.data ? (
          <ErrorState text={problemText(rules.error)} onRetry={() => void rules.refetch()} />
        ) : null}
        {rules.data ? (
          <>
            <Rules saved={rules.data} />
            <Due />
            <Holds />
            <ChatDays />
            <Runs runs={rules.data.runs} />
          </>
        ) : (
          <Loading rows={8} />
        )}
      </div>
    </section>
  );
}

function Rules({ saved }: { saved: RetentionRow }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const queues = useQueues();
  const [otherwise, setOtherwise] = useState<Days>(saved.default_days ?? '');
  const [days, setDays] = useState<Record<number, Days>>({});
  useEffect(() => {
    setOtherwise(saved.default_days ?? '');
    setDays(Object.fromEntries(saved.queues.map((it) => [it.queue_id, it.days])));
  }, [saved]);
  const save = useMutation({
    mutationFn: () =>
      put<RetentionRow>('/api/v1/retention', {
        default_days: daysOf(otherwise),
        queues: Object.entries(days).flatMap(([id, value]) => {
          const one = daysOf(value);
          return one === null ? [] : [{ queue_id: Number(id), days: one }];
        }),
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['admin', 'retention'] });
      toast(t('common.saved'));
    },
    onError: (error) => toast(problemText(error), 'bad'),
  });
  const field = (label: string, value: Days, none: string, onChange: (next: Days) => void) => (
    <NumberInput
      key={label}
      label={label}
      value={value}
      min={1}
      max={LONGEST}
      allowDecimal={false}
      placeholder={none}
      suffix={` ${t('admin.retention.days')}`}
      onChange={onChange}
    />
  );
  return (
    <form
      className={`panel ${own.part}`}
      aria-labelledby="retention-rules"
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate();
      }}
    >
      <h3 id="retention-rules">{t('admin.retention.rules')}</h3>
      <div className={own.fields}>
        {field(t('admin.retention.otherwise'), otherwise, t('admin.retention.for_ever'), setOtherwise)}
        {queues.all.map((queue) =>
          field(queue.name, days[queue.id] ?? '', t('admin.retention.as_others'), (next) =>
            setDays((old) => ({ ...old, [queue.id]: next })),
          ),
        )}
      </div>
      <div>
        <Button type="submit" loading={save.isPending}>
          {t('common.save')}
        </Button>
      </div>
    </form>
  );
}

/** How long colleagues' messages to each other are kept. */
function ChatDays() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const kept = useQuery({
    queryKey: ['admin', 'retention', 'chat'],
    queryFn: ({ signal }) => get<ChatKept>('/api/v1/chat/retention', {}, signal),
  });
  const [days, setDays] = useState<Days>('');
  useEffect(() => setDays(kept.data?.days ?? ''), [kept.data]);
  const save = useMutation({
    mutationFn: () => put<ChatKept>('/api/v1/chat/retention', { days: daysOf(days) }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['admin', 'retention', 'chat'] });
      toast(t('common.saved'));
    },
    onError: (error) => toast(problemText(error), 'bad'),
  });
  return (
    <form
      className={`panel ${own.part}`}
      aria-labelledby="retention-chat"
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate();
      }}
    >
      <h3 id="retention-chat">{t('admin.retention.chat')}</h3>
      <div className={own.fields}>
        <NumberInput
          label={t('admin.retention.chat_days')}
          description={t('admin.retention.chat_help')}
          value={days}
          min={1}
          max={LONGEST}
          allowDecimal={false}
          placeholder={t('admin.retention.for_ever')}
          suffix={` ${t('admin.retention.days')}`}
          onChange={setDays}
        />
      </div>
      <div>
        <Button type="submit" loading={save.isPending} disabled={!kept.data}>
          {t('common.save')}
        </Button>
      </div>
    </form>
  );
}

function Due() {
  const { t } = useTranslation();
  const queues = useQueues();
  const due = useQuery({
    queryKey: ['admin', 'retention', 'preview'],
    queryFn: ({ signal }) => get<DueRow[]>('/api/v1/retention/preview', {}, signal),
  });
  return (
    <section className={`panel ${own.part}`} aria-labelledby="retention-due">
      <h3 id="retention-due">{t('admin.retention.due')}</h3>
      {due.error && !due.data ? <ErrorState text={problemText(due.error)} /> : null}
      {due.data?.length === 0 ? <p className={css.hint}>{t('admin.retention.nothing_due')}</p> : null}
      {due.data?.length ? (
        <table className={css.log}>
          <thead>
            <tr>
              <th scope="col">{t('admin.retention.queue')}</th>
              <th scope="col">{t('admin.retention.count')}</th>
              <th scope="col">{t('admin.retention.size')}</th>
              <th scope="col">{t('admin.retention.kept')}</th>
              <th scope="col">{t('admin.retention.oldest')}</th>
            </tr>
          </thead>
          <tbody>
            {due.data.map((it) => (
              <tr key={it.queue_id}>
                <td>{queues.of(it.queue_id)?.name ?? '—'}</td>
                <td className="num">{count(it.due)}</td>
                <td className="num">{t('lists.size.mb', { size: count(Math.ceil(it.size_bytes / MB)) })}</td>
                <td className="num">{count(it.held)}</td>
                <td>{it.oldest_at ? day(it.oldest_at) : '—'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </section>
  );
}

function Holds() {
  const { t } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const holds = useQuery({
    queryKey: ['admin', 'retention', 'holds'],
    queryFn: ({ signal }) => get<HoldRow[]>('/api/v1/retention/holds', {}, signal),
  });
  const release = useMutation({
    mutationFn: (id: number) => del(`/api/v1/retention/holds/${id}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['admin', 'retention'] }),
    onError: (error) => toast(problemText(error), 'bad'),
  });
  const named = (it: HoldRow) =>
    it.segment_id
      ? t('admin.retention.recording', { id: it.segment_id })
      : t('admin.retention.customer', { name: it.name || it.party_id });
  return (
    <section className={`panel ${own.part}`} aria-labelledby="retention-holds">
      <h3 id="retention-holds">{t('admin.retention.holds')}</h3>
      <p className={css.hint}>{t('admin.retention.holds_help')}</p>
      <ul className={own.list}>
        {holds.data?.map((it) => (
          <li key={it.id}>
            <span>
              <b>{named(it)}</b> {it.reason}
              <small className="muted">
                {full(it.made_at)}, {it.by_name}
              </small>
            </span>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() =>
                void ask({
                  title: t('admin.retention.release_title'),
                  text: named(it),
                  confirm: t('admin.retention.release'),
                  danger: true,
                }).then((yes) => yes && release.mutate(it.id))
              }
            >
              {t('admin.retention.release')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Runs({ runs }: { runs: RetentionRow['runs'] }) {
  const { t } = useTranslation();
  return (
    <section className={`panel ${own.part}`} aria-labelledby="retention-runs">
      <h3 id="retention-runs">{t('admin.retention.runs')}</h3>
      {runs.length ? (
        <table className={css.log}>
          <thead>
            <tr>
              <th scope="col">{t('admin.history.at')}</th>
              <th scope="col">{t('admin.retention.deleted')}</th>
              <th scope="col">{t('admin.retention.size')}</th>
              <th scope="col">{t('admin.retention.kept')}</th>
              <th scope="col">{t('admin.retention.failed')}</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((it) => (
              <tr key={it.at}>
                <td className="num">{full(it.at)}</td>
                <td className="num">{count(it.deleted)}</td>
                <td className="num">{t('lists.size.mb', { size: count(Math.ceil(it.size_bytes / MB)) })}</td>
                <td className="num">{count(it.held)}</td>
                <td className="num">{count(it.failed)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p className={css.hint}>{t('admin.retention.no_runs')}</p>
      )}
    </section>
  );
}
