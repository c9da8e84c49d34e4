import { Button, Checkbox, MultiSelect, Switch, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { History, KeyRound, RotateCw, Send } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { HookDeliveryPage, HookDeliveryRow, ReplayRow, WebhookRow } from '~/api/gen/types.gen';
import { count, when } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import { useConfirm } from '~/ui/Confirm';
import type { Column } from '~/ui/DataGrid';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import { answerText } from './Deliveries';
import { Editor, Fieldset, OpenEditor, Pair } from './Editor';
import { Secret } from './Secret';
import { choices, useThings } from './things';
import own from './Webhooks.module.css';

const TOLD = ['ringing', 'answered', 'ended', 'missed', 'recording_ready'] as const;
const TONE = { waiting: 'info', delivered: 'ok', failed: 'bad' } as const;

interface Values extends Record<string, unknown> {
  name: string;
  address: string;
  told: string[];
  queue_ids: string[];
  project_ids: string[];
  allowed_hosts: string[];
  ca: string;
  is_on: boolean;
}
interface Fresh {
  id: number;
  key: string;
}

/** Other systems that are told of calls. */
export default function Webhooks() {
  const { t } = useTranslation();
  const hooks = useThings('webhooks', { refetchInterval: 10_000 });
  const { open, close, set } = useOpen();
  const [fresh, setFresh] = useState<Fresh | null>(null);
  const columns = useMemo<Column<WebhookRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(140px, 1.2fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        key: 'address',
        title: t('admin.webhooks.address'),
        width: 'minmax(220px, 2fr)',
        sort: (row) => row.address,
        cell: (row) => <span className="ellipsis">{row.address}</span>,
      },
      {
        key: 'told',
        title: t('admin.webhooks.told'),
        width: 'minmax(200px, 1.8fr)',
        cell: (row) => row.told.map((it) => t(`admin.webhooks.kinds.${it}`)).join(', '),
      },
      {
        key: 'state',
        title: t('admin.delivery-ways.state'),
        width: 'minmax(190px, 1.2fr)',
        sort: (row) => row.failed,
        cell: (row) =>
          row.is_on ? (
            <>
              {row.waiting ? (
                <Chip tone="warn">{t('admin.webhooks.waiting', { count: row.waiting })}</Chip>
              ) : (
                <Chip tone="ok">{t('admin.webhooks.well')}</Chip>
              )}{' '}
              {row.failed ? (
                <Chip tone="bad">{t('admin.webhooks.failed', { count: row.failed })}</Chip>
              ) : null}
            </>
          ) : (
            <Chip tone="mute">{t('admin.delivery-ways.off')}</Chip>
          ),
      },
    ],
    [t],
  );
  const leave = () => {
    setFresh(null);
    close();
  };
  return (
    <>
      <Area
        area="webhooks"
        rows={hooks.data}
        error={hooks.error}
        onRetry={() => void hooks.refetch()}
        columns={columns}
        textOfRow={(row) => `${row.name} ${row.address}`}
        minWidth={860}
      />
      <OpenEditor open={open} rows={hooks.data} onClose={leave}>
        {(row) => (
          <HookEditor
            row={row}
            fresh={fresh && fresh.id === row?.id ? fresh.key : null}
            onKey={setFresh}
            onClose={leave}
            onCreated={(made) => {
              if (made.key) setFresh({ id: made.id, key: made.key });
              set(made.id);
            }}
          />
        )}
      </OpenEditor>
    </>
  );
}

function HookEditor({
  row,
  fresh,
  onKey,
  onClose,
  onCreated,
}: {
  row: WebhookRow | null;
  fresh: string | null;
  onKey: (fresh: Fresh) => void;
  onClose: () => void;
  onCreated: (row: WebhookRow) => void;
}) {
  const { t } = useTranslation();
  const queues = useThings('queues');
  const projects = useThings('projects');
  const values: Values = {
    name: row?.name ?? '',
    address: row?.address ?? '',
    told: row?.told ?? ['answered', 'ended', 'missed'],
    queue_ids: row?.queue_ids.map(String) ?? [],
    project_ids: row?.project_ids.map(String) ?? [],
    allowed_hosts: row?.allowed_hosts ?? [],
    ca: row?.ca ?? '',
    is_on: row?.is_on ?? true,
  };
  return (
    <Editor<WebhookRow, Values>
      area="webhooks"
      row={row}
      title={row?.name ?? t('admin.webhooks.new')}
      values={values}
      bodyOf={(it) => ({
        ...it,
        queue_ids: it.queue_ids.map(Number),
        project_ids: it.project_ids.map(Number),
      })}
      placeOf={(place) => place.replace(/^(allowed_hosts|told|queue_ids|project_ids)\..*$/, '$1')}
      validate={(it) => ({ told: it.told.length ? null : t('common.required') })}
      onClose={onClose}
      onCreated={onCreated}
      removeText={t('admin.webhooks.remove')}
      wide
      after={
        row ? (
          <>
            {fresh ? (
              <Secret text={t('admin.secret_once')} lines={[[t('admin.webhooks.key'), fresh]]} />
            ) : null}
            <Hands key={row.id} hook={row} onKey={onKey} />
            <Log key={`log ${row.id}`} hook={row} />
          </>
        ) : (
          <p className={css.hint}>{t('admin.webhooks.key_later')}</p>
        )
      }
    >
      {({ form }) => (
        <>
          <TextInput label={t('admin.name')} required data-autofocus {...form.getInputProps('name')} />
          <TextInput
            label={t('admin.webhooks.address')}
            placeholder="https://crm.example.ru/otklik"
            required
            {...form.getInputProps('address')}
          />
          <Checkbox.Group label={t('admin.webhooks.told')} {...form.getInputProps('told')}>
            <div className={own.told}>
              {TOLD.map((value) => (
                <Checkbox key={value} value={value} label={t(`admin.webhooks.kinds.${value}`)} />
              ))}
            </div>
          </Checkbox.Group>
          <Pair>
            <MultiSelect
              label={t('alerts.scope.queue')}
              placeholder={form.getValues().queue_ids.length ? '' : t('admin.alert-rules.all')}
              data={choices(queues.data)}
              searchable
              clearable
              {...form.getInputProps('queue_ids')}
            />
            <MultiSelect
              label={t('admin.projects.title')}
              placeholder={form.getValues().project_ids.length ? '' : t('admin.alert-rules.all')}
              data={choices(projects.data)}
              searchable
              clearable
              {...form.getInputProps('project_ids')}
            />
          </Pair>
          <Fieldset title={t('admin.systems.guard')} hint={t('admin.delivery-ways.guard_help')}>
            <TagsInput
              label={t('admin.systems.allowed_hosts')}
              description={t('admin.systems.allowed_hosts_help')}
              inputWrapperOrder={ORDER}
              {...form.getInputProps('allowed_hosts')}
            />
            <Textarea
              label={t('admin.delivery-ways.ca')}
              description={t('admin.delivery-ways.ca_help')}
              inputWrapperOrder={ORDER}
              autosize
              minRows={1}
              maxRows={6}
              {...form.getInputProps('ca')}
            />
          </Fieldset>
          <Switch
            label={t('admin.delivery-ways.is_on')}
            {...form.getInputProps('is_on', { type: 'checkbox' })}
          />
        </>
      )}
    </Editor>
  );
}

/** What is done at once: a trial, another key, a span again. */
function Hands({ hook, onKey }: { hook: WebhookRow; onKey: (fresh: Fresh) => void }) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const [since, setSince] = useState('');
  const [until, setUntil] = useState('');
  const path = `/api/v1/webhooks/${hook.id}`;
  const refused = (error: unknown) => toast(problemText(error), 'bad');
  const again = () => queries.invalidateQueries({ queryKey: ['webhooks', hook.id] });
  const test = useMutation({
    mutationFn: () => post<HookDeliveryRow>(`${path}/test`),
    onSuccess: again,
    onError: refused,
  });
  const renew = useMutation({
    mutationFn: () => post<WebhookRow>(`${path}/key`),
    onSuccess: (row) => row.key && onKey({ id: row.id, key: row.key }),
    onError: refused,
  });
  const replay = useMutation({
    mutationFn: () =>
      post<ReplayRow>(`${path}/replays`, {
        since: new Date(since).toISOString(),
        until: new Date(until).toISOString(),
      }),
    onSuccess: again,
    onError: refused,
  });
  const replays = useQuery({
    queryKey: ['webhooks', hook.id, 'replays'],
    queryFn: ({ signal }) => get<ReplayRow[]>(`${path}/replays`, {}, signal),
    refetchInterval: 5_000,
  });
  return (
    <>
      <div className={css.result}>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Send size={14} aria-hidden />}
          loading={test.isPending}
          onClick={() => test.mutate()}
        >
          {t('admin.webhooks.test')}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<KeyRound size={14} aria-hidden />}
          loading={renew.isPending}
          onClick={() =>
            void ask({
              title: t('admin.webhooks.renew'),
              text: t('admin.webhooks.renew_text'),
              confirm: t('admin.webhooks.renew'),
              danger: true,
            }).then((yes) => yes && renew.mutate())
          }
        >
          {t('admin.webhooks.renew')}
        </Button>
      </div>
      <Fieldset title={t('admin.webhooks.replay')} hint={t('admin.webhooks.replay_help')}>
        <Pair>
          <TextInput
            type="datetime-local"
            label={t('admin.alert-rules.since')}
            value={since}
            onChange={(event) => setSince(event.currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            label={t('admin.alert-rules.until')}
            value={until}
            onChange={(event) => setUntil(event.currentTarget.value)}
          />
        </Pair>
        <div className={css.result}>
          <span role="status" className="muted">
            {replays.data
              ?.slice(0, 3)
              .map((it) =>
                it.found === null
                  ? t('admin.webhooks.replaying', { moment: when(it.since) })
                  : t('admin.webhooks.replayed', { moment: when(it.since), count: it.found ?? 0 }),
              )
              .join(' · ')}
          </span>
          <span className={css.push} />
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<History size={14} aria-hidden />}
            disabled={!since || !until}
            loading={replay.isPending}
            onClick={() => replay.mutate()}
          >
            {t('admin.webhooks.tell_again')}
          </Button>
        </div>
      </Fieldset>
    </>
  );
}

/** What was told to it, and what it said to that. */
function Log({ hook }: { hook: WebhookRow }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const list = useInfiniteQuery({
    queryKey: ['webhooks', hook.id, 'log'],
    queryFn: ({ signal, pageParam }) =>
      get<HookDeliveryPage>(
        `/api/v1/webhooks/${hook.id}/deliveries`,
        { before: pageParam, limit: 50 },
        signal,
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: 3_000,
  });
  const again = useMutation({
    mutationFn: (id: number) => post(`/api/v1/webhook-deliveries/${id}/again`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['webhooks', hook.id] }),
    onError: (error) => toast(problemText(error), 'bad'),
  });
  const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Fieldset title={t('admin.webhooks.log')} hint={t('admin.webhooks.log_help')}>
      {rows.length ? (
        <ul className={own.log}>
          {rows.map((row) => (
            <li key={row.id}>
              <details>
                <summary>
                  <span className="num muted">{when(row.made_at)}</span>
                  <b>{t(`admin.webhooks.kinds.${row.told}`)}</b>
                  <Chip tone={TONE[row.state]}>{t(`admin.deliveries.states.${row.state}`)}</Chip>
                  <span className="muted">
                    {[
                      row.http_status || '',
                      answerText(row.answer).slice(0, 80),
                      row.tries > 1 ? t('admin.webhooks.tries', { count: row.tries }) : '',
                    ]
                      .filter(Boolean)
                      .join(' · ')}
                  </span>
                </summary>
                <pre>{pretty(row.body)}</pre>
                <p className="muted num">{row.event_id}</p>
                <Button
                  size="compact-sm"
                  variant="default"
                  leftSection={<RotateCw size={14} aria-hidden />}
                  onClick={() => again.mutate(row.id)}
                >
                  {t('admin.webhooks.tell_again')}
                </Button>
              </details>
            </li>
          ))}
        </ul>
      ) : (
        <p className={css.hint}>{t('admin.deliveries.none')}</p>
      )}
      {list.hasNextPage ? (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('lists.more')} ({count(rows.length)})
        </Button>
      ) : null}
    </Fieldset>
  );
}

const pretty = (body: string): string => {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
};
const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
