import {
  Button,
  NumberInput,
  PasswordInput,
  Select,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { DeliveryRow, DeliveryWayRow } from '~/api/gen/types.gen';
import { Chip } from '~/ui/Chip';
import type { Column } from '~/ui/DataGrid';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import { answerText, DELIVERY_TONE } from './Deliveries';
import { Editor, Fieldset, OpenEditor, Pair } from './Editor';
import { useThings } from './things';

type Kind = DeliveryWayRow['kind'];
const KINDS: readonly Kind[] = ['email', 'telegram', 'max', 'slack', 'teams', 'webhook'];
const SECURITY = ['starttls', 'tls', 'none'] as const;
const SECRET_IS_ADDRESS: readonly Kind[] = ['slack', 'teams'];
const HAS_ADDRESSEE: readonly Kind[] = ['email', 'telegram', 'max'];

interface Values extends Record<string, unknown> {
  name: string;
  kind: Kind;
  address: string;
  port: number | string;
  security: DeliveryWayRow['security'];
  login: string;
  sender: string;
  sender_name: string;
  secret: string;
  allowed_hosts: string[];
  ca: string;
  is_on: boolean;
}

/** How something leaves the centre: a mail server, a bot, a webhook. */
export default function DeliveryWays() {
  const { t } = useTranslation();
  const ways = useThings('delivery-ways');
  const { open, close, set } = useOpen();
  const columns = useMemo<Column<DeliveryWayRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(160px, 1.4fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        key: 'kind',
        title: t('admin.delivery-ways.kind'),
        width: 'minmax(130px, 1fr)',
        sort: (row) => row.kind,
        cell: (row) => t(`admin.delivery-ways.kinds.${row.kind}`),
      },
      {
        key: 'address',
        title: t('admin.delivery-ways.address'),
        width: 'minmax(200px, 2fr)',
        sort: (row) => row.address,
        cell: (row) => row.address,
      },
      {
        key: 'is_on',
        title: t('admin.delivery-ways.state'),
        width: '110px',
        sort: (row) => Number(row.is_on),
        cell: (row) =>
          row.is_on ? (
            <Chip tone="ok">{t('admin.delivery-ways.on')}</Chip>
          ) : (
            <Chip tone="mute">{t('admin.delivery-ways.off')}</Chip>
          ),
      },
    ],
    [t],
  );
  return (
    <>
      <Area
        area="delivery-ways"
        rows={ways.data}
        error={ways.error}
        onRetry={() => void ways.refetch()}
        columns={columns}
        textOfRow={(row) => `${row.name} ${row.address}`}
        minWidth={700}
      />
      <OpenEditor open={open} rows={ways.data} onClose={close}>
        {(row) => <WayEditor row={row} onClose={close} onCreated={(made) => set(made.id)} />}
      </OpenEditor>
    </>
  );
}

function WayEditor({
  row,
  onClose,
  onCreated,
}: {
  row: DeliveryWayRow | null;
  onClose: () => void;
  onCreated: (row: DeliveryWayRow) => void;
}) {
  const { t } = useTranslation();
  const values: Values = {
    name: row?.name ?? '',
    kind: row?.kind ?? 'email',
    address: row?.address ?? '',
    port: row?.port || '',
    security: row?.security ?? 'starttls',
    login: row?.login ?? '',
    sender: row?.sender ?? '',
    sender_name: row?.sender_name ?? '',
    secret: '',
    allowed_hosts: row?.allowed_hosts ?? [],
    ca: row?.ca ?? '',
    is_on: row?.is_on ?? true,
  };
  return (
    <Editor<DeliveryWayRow, Values>
      area="delivery-ways"
      row={row}
      title={row?.name ?? t('admin.delivery-ways.new')}
      values={values}
      bodyOf={(it) => ({ ...it, port: Number(it.port || 0), secret: it.secret || null })}
      placeOf={(place) => place.replace(/^(allowed_hosts)\..*$/, '$1')}
      onClose={onClose}
      onCreated={onCreated}
      removeText={t('admin.delivery-ways.remove')}
      wide
      after={row ? <Trial key={row.id} way={row} /> : null}
    >
      {({ form, isNew }) => {
        const { kind } = form.getValues();
        const isMail = kind === 'email';
        return (
          <>
            <TextInput label={t('admin.name')} required data-autofocus {...form.getInputProps('name')} />
            <Select
              label={t('admin.delivery-ways.kind')}
              data={KINDS.map((value) => ({ value, label: t(`admin.delivery-ways.kinds.${value}`) }))}
              allowDeselect={false}
              disabled={!isNew}
              {...form.getInputProps('kind')}
            />
            {SECRET_IS_ADDRESS.includes(kind) ? null : (
              <TextInput
                label={t(isMail ? 'admin.delivery-ways.host' : 'admin.delivery-ways.address')}
                description={t(`admin.delivery-ways.address_help.${kind as 'email'}`)}
                inputWrapperOrder={ORDER}
                {...form.getInputProps('address')}
              />
            )}
            {isMail ? (
              <>
                <Pair>
                  <Select
                    label={t('admin.delivery-ways.security')}
                    data={SECURITY.map((value) => ({
                      value,
                      label: t(`admin.delivery-ways.securities.${value}`),
                    }))}
                    allowDeselect={false}
                    {...form.getInputProps('security')}
                  />
                  <NumberInput
                    label={t('admin.delivery-ways.port')}
                    placeholder={{ starttls: '587', tls: '465', none: '25' }[form.getValues().security]}
                    min={1}
                    max={65_535}
                    allowDecimal={false}
                    {...form.getInputProps('port')}
                  />
                </Pair>
                <Pair>
                  <TextInput
                    label={t('admin.delivery-ways.sender')}
                    placeholder="otklik@example.ru"
                    required
                    {...form.getInputProps('sender')}
                  />
                  <TextInput
                    label={t('admin.delivery-ways.sender_name')}
                    {...form.getInputProps('sender_name')}
                  />
                </Pair>
                <TextInput
                  label={t('admin.delivery-ways.login')}
                  autoComplete="off"
                  {...form.getInputProps('login')}
                />
              </>
            ) : null}
            <PasswordInput
              label={t(`admin.delivery-ways.secrets.${kind}`)}
              description={t(`admin.delivery-ways.secret_help.${kind}`)}
              inputWrapperOrder={ORDER}
              placeholder={row?.has_secret ? t('admin.trunks.secret_kept') : ''}
              autoComplete="new-password"
              visibilityToggleButtonProps={{ 'aria-label': t('admin.people.password_show') }}
              {...form.getInputProps('secret')}
            />
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
        );
      }}
    </Editor>
  );
}

/** A letter sent at once; what the other side says to it is shown. */
function Trial({ way }: { way: DeliveryWayRow }) {
  const { t } = useTranslation();
  const [address, setAddress] = useState('');
  const [asked, setAsked] = useState<number | null>(null);
  const send = useMutation({
    mutationFn: () => post<DeliveryRow>(`/api/v1/delivery-ways/${way.id}/test`, { address }),
    onSuccess: (row) => setAsked(row.id),
  });
  const { data: told } = useQuery({
    queryKey: ['deliveries', 'one', asked],
    queryFn: ({ signal }) => get<DeliveryRow>(`/api/v1/deliveries/${asked}`, {}, signal),
    enabled: asked !== null,
    refetchInterval: (query) => {
      const row = query.state.data;
      return row && (row.state !== 'waiting' || row.answer) ? false : 700;
    },
  });
  const needsAddress = HAS_ADDRESSEE.includes(way.kind);
  const waits = told?.state === 'waiting' && !told.answer;
  return (
    <Fieldset title={t('admin.delivery-ways.trial')} hint={t('admin.delivery-ways.trial_help')}>
      {needsAddress ? (
        <TextInput
          label={t(`admin.receivers.addresses.${way.kind as 'email'}`)}
          value={address}
          onChange={(event) => setAddress(event.currentTarget.value)}
        />
      ) : null}
      <div className={css.result}>
        <span role="status">
          {send.error ? problemText(send.error) : null}
          {told ? (
            <>
              <Chip
                tone={
                  waits ? 'mute' : told.answer && told.state === 'waiting' ? 'bad' : DELIVERY_TONE[told.state]
                }
              >
                {waits
                  ? t('admin.delivery-ways.sending')
                  : t(`admin.deliveries.states.${told.state === 'waiting' ? 'failed' : told.state}`)}
              </Chip>{' '}
              {answerText(told.answer)}
            </>
          ) : null}
        </span>
        <span className={css.push} />
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Send size={14} aria-hidden />}
          loading={send.isPending || waits}
          disabled={needsAddress && !address.trim()}
          onClick={() => {
            setAsked(null);
            send.mutate();
          }}
        >
          {t('admin.delivery-ways.send')}
        </Button>
      </div>
    </Fieldset>
  );
}

const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
