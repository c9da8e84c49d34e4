import {
  ActionIcon,
  Button,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Select,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { PlugZap, Plus, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, problemText } from '~/api/client';
import type { SystemRow, SystemTried } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { Chip, type Tone } from '~/ui/Chip';
import type { Column } from '~/ui/DataGrid';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import { Editor, Fieldset, OpenEditor, Pair } from './Editor';
import { useThings } from './things';

const KINDS = ['web', 'database'] as const;
const VALUE_KINDS = ['text', 'number', 'money', 'date'] as const;
const TONE: Record<string, Tone> = { found: 'ok', not_found: 'warn', failed: 'bad' };

interface Values extends Record<string, unknown> {
  name: string;
  kind: SystemRow['kind'];
  address: string;
  secret_header: string;
  secret: string;
  allowed_hosts: string[];
  largest_answer: number | string;
}

/** Systems outside that call flows may ask. */
export default function Systems() {
  const { t } = useTranslation();
  const systems = useThings('systems');
  const { open, close } = useOpen();
  const columns = useMemo<Column<SystemRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(140px, 1.2fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        key: 'kind',
        title: t('admin.systems.kind'),
        width: 'minmax(120px, 0.8fr)',
        sort: (row) => row.kind,
        cell: (row) => t(`admin.systems.kinds.${row.kind}`),
      },
      {
        key: 'address',
        title: t('admin.systems.address'),
        width: 'minmax(200px, 2fr)',
        sort: (row) => row.address,
        cell: (row) => row.address || <span className="muted">{t('admin.systems.in_secret')}</span>,
      },
      {
        key: 'flows',
        title: t('admin.systems.flows'),
        width: 'minmax(140px, 1.2fr)',
        cell: (row) => row.flows.join(', '),
      },
    ],
    [t],
  );
  return (
    <>
      <Area
        area="systems"
        rows={systems.data}
        error={systems.error}
        onRetry={() => void systems.refetch()}
        columns={columns}
        textOfRow={searchText}
        minWidth={760}
      />
      <OpenEditor open={open} rows={systems.data} onClose={close}>
        {(row) => <SystemEditor row={row} onClose={close} />}
      </OpenEditor>
    </>
  );
}

function SystemEditor({ row, onClose }: { row: SystemRow | null; onClose: () => void }) {
  const { t } = useTranslation();
  const values: Values = {
    name: row?.name ?? '',
    kind: row?.kind ?? 'web',
    address: row?.address ?? '',
    secret_header: row?.secret_header ?? '',
    secret: '',
    allowed_hosts: row?.allowed_hosts ?? [],
    largest_answer: row?.largest_answer ?? 262144,
  };
  return (
    <Editor<SystemRow, Values>
      area="systems"
      row={row}
      title={row?.name ?? t('admin.systems.new')}
      values={values}
      bodyOf={({ secret, ...it }) => ({
        ...it,
        address: it.kind === 'web' ? it.address : '',
        secret_header: it.kind === 'web' ? it.secret_header : '',
        largest_answer: Number(it.largest_answer),
        // Null keeps what is there; without a header a web service needs none.
        secret: secret || (it.kind === 'web' && !it.secret_header ? '' : null),
      })}
      placeOf={(place) => place.replace(/^(allowed_hosts)\..*$/, '$1')}
      validate={(it) => ({
        address: it.kind === 'web' && !it.address.trim() ? t('common.required') : null,
        secret: it.kind === 'database' && !it.secret && !row?.has_secret ? t('common.required') : null,
        largest_answer: it.largest_answer === '' ? t('common.required') : null,
      })}
      onClose={onClose}
      removeText={t('admin.systems.remove')}
      entity="system"
      wide
      after={row ? <Trial key={row.id} system={row} /> : null}
    >
      {({ form }) => {
        const { kind } = form.getValues();
        const kept = row?.has_secret ? t('admin.trunks.secret_kept') : '';
        const secret = (
          <PasswordInput
            label={t(`admin.systems.secrets.${kind}`)}
            description={t(`admin.systems.secret_help.${kind}`)}
            inputWrapperOrder={ORDER}
            placeholder={kept}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': t('admin.people.password_show') }}
            {...form.getInputProps('secret')}
          />
        );
        return (
          <>
            <TextInput
              label={t('admin.name')}
              description={t('admin.systems.name_help')}
              inputWrapperOrder={ORDER}
              required
              data-autofocus
              {...form.getInputProps('name')}
            />
            <SegmentedControl
              fullWidth
              aria-label={t('admin.systems.kind')}
              data={KINDS.map((value) => ({ value, label: t(`admin.systems.kinds.${value}`) }))}
              {...form.getInputProps('kind')}
            />
            {kind === 'web' ? (
              <>
                <TextInput
                  label={t('admin.systems.address')}
                  description={t('admin.systems.address_help')}
                  inputWrapperOrder={ORDER}
                  required
                  {...form.getInputProps('address')}
                />
                <Pair>
                  <TextInput
                    label={t('admin.systems.secret_header')}
                    placeholder="Authorization"
                    autoComplete="off"
                    {...form.getInputProps('secret_header')}
                  />
                  {secret}
                </Pair>
              </>
            ) : (
              secret
            )}
            <Fieldset title={t('admin.systems.guard')} hint={t('admin.systems.guard_help')}>
              <TagsInput
                label={t('admin.systems.allowed_hosts')}
                description={t('admin.systems.allowed_hosts_help')}
                inputWrapperOrder={ORDER}
                {...form.getInputProps('allowed_hosts')}
              />
              <NumberInput
                label={t('admin.systems.largest_answer')}
                min={1024}
                max={4194304}
                step={1024}
                allowDecimal={false}
                thousandSeparator=" "
                {...form.getInputProps('largest_answer')}
              />
            </Fieldset>
          </>
        );
      }}
    </Editor>
  );
}

interface Extract {
  key: number;
  name: string;
  path: string;
  kind: (typeof VALUE_KINDS)[number];
}

/** A question asked at once, and what came of it: nothing of it is kept. */
function Trial({ system }: { system: SystemRow }) {
  const { t } = useTranslation();
  const isWeb = system.kind === 'web';
  const [question, setQuestion] = useState(isWeb ? '/' : 'select 1 as one');
  const [values, setValues] = useState<readonly Extract[]>([{ key: 0, name: '', path: '', kind: 'text' }]);
  const change = (key: number, more: Partial<Extract>) =>
    setValues((all) => all.map((it) => (it.key === key ? { ...it, ...more } : it)));
  const test = useMutation({
    mutationFn: () =>
      post<SystemTried>(`/api/v1/systems/${system.id}/test`, {
        [isWeb ? 'path' : 'statement']: question,
        values: values
          .filter((it) => it.path.trim())
          .map(({ name, path, kind }) => ({ name: name.trim() || nameOf(path), path, kind })),
      }),
  });
  return (
    <Fieldset title={t('admin.systems.trial')} hint={t('admin.systems.trial_help')}>
      {isWeb ? (
        <TextInput
          label={t('admin.systems.path')}
          description={t('admin.systems.path_help')}
          inputWrapperOrder={ORDER}
          value={question}
          onChange={(event) => setQuestion(event.currentTarget.value)}
        />
      ) : (
        <Textarea
          label={t('admin.systems.statement')}
          autosize
          minRows={2}
          value={question}
          onChange={(event) => setQuestion(event.currentTarget.value)}
        />
      )}
      {values.map((it) => (
        <Pair key={it.key}>
          <TextInput
            label={t('admin.systems.value_path')}
            placeholder="account.balance"
            value={it.path}
            onChange={(event) => change(it.key, { path: event.currentTarget.value })}
          />
          <Select
            label={t('admin.systems.value_kind')}
            allowDeselect={false}
            data={VALUE_KINDS.map((value) => ({ value, label: t(`admin.systems.value_kinds.${value}`) }))}
            value={it.kind}
            onChange={(kind) => change(it.key, { kind: (kind ?? 'text') as Extract['kind'] })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            mt={24}
            aria-label={t('admin.systems.value_remove')}
            onClick={() => setValues((all) => all.filter((one) => one.key !== it.key))}
          >
            <Trash2 size={16} aria-hidden />
          </ActionIcon>
        </Pair>
      ))}
      <div className={css.result}>
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<Plus size={14} aria-hidden />}
          onClick={() =>
            setValues((all) => [
              ...all,
              { key: 1 + Math.max(-1, ...all.map((it) => it.key)), name: '', path: '', kind: 'text' },
            ])
          }
        >
          {t('admin.systems.value_add')}
        </Button>
        <span className={css.push} />
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<PlugZap size={14} aria-hidden />}
          loading={test.isPending}
          onClick={() => test.mutate()}
        >
          {t('admin.systems.ask')}
        </Button>
      </div>
      <div role="status">
        {test.error ? <p className={css.hint}>{problemText(test.error)}</p> : null}
        {test.data ? <Tried found={test.data} /> : null}
      </div>
    </Fieldset>
  );
}

function Tried({ found }: { found: SystemTried }) {
  const { t } = useTranslation();
  const reason = found.reason ? reasonText(found.reason) : '';
  return (
    <>
      <p className={css.result}>
        <Chip tone={TONE[found.outcome] ?? 'mute'}>
          {textOf(`admin.systems.outcomes.${found.outcome}`) ?? found.outcome}
        </Chip>
        <span className="muted">
          {reason} {t('admin.systems.took', { milliseconds: found.took_ms })}
        </span>
      </p>
      <dl>
        {Object.entries(found.values).map(([name, value]) => (
          <div key={name}>
            <dt className="muted">{name}</dt>
            <dd>{value || '—'}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function reasonText(reason: string): string {
  const status = /^status_(\d+)$/.exec(reason);
  if (status) return textOf('admin.systems.reasons.status', { status: status[1]! }) ?? reason;
  return textOf(`admin.systems.reasons.${reason}`) ?? reason;
}

/** A name for what stands at a path: `account.balance` is `balance`. */
export function nameOf(path: string): string {
  const words = path.split('.').filter((it) => /^[A-Za-z_]\w*$/.test(it));
  return words.at(-1) ?? 'value';
}

const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
const searchText = (row: SystemRow) => `${row.name} ${row.address} ${row.flows.join(' ')}`;
