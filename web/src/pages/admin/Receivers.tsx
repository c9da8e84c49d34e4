import { Select, Switch, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReceiverRow } from '~/api/gen/types.gen';
import { Chip } from '~/ui/Chip';
import type { Column } from '~/ui/DataGrid';
import { TimeField } from '~/ui/TimeField';
import { Area, useOpen } from './Area';
import { Editor, Fieldset, OpenEditor, Pair } from './Editor';
import { choices, idText, textId, useThings } from './things';

interface Values extends Record<string, unknown> {
  name: string;
  way: string | null;
  address: string;
  person: string | null;
  team: string | null;
  isQuiet: boolean;
  quiet_since: string;
  quiet_until: string;
  critical_wakes: boolean;
  tells_end: boolean;
  language: ReceiverRow['language'];
  is_on: boolean;
}

/** Where something goes: an address or a chat, of a person or of a team. */
export default function Receivers() {
  const { t } = useTranslation();
  const receivers = useThings('receivers');
  const ways = useThings('delivery-ways');
  const { open, close } = useOpen();
  const names = useMemo(() => new Map(ways.data?.map((it) => [it.id, it.name])), [ways.data]);
  const columns = useMemo<Column<ReceiverRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(160px, 1.4fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        key: 'way',
        title: t('admin.receivers.way'),
        width: 'minmax(130px, 1fr)',
        sort: (row) => names.get(row.way_id),
        cell: (row) => names.get(row.way_id) ?? '—',
      },
      {
        key: 'address',
        title: t('admin.receivers.address'),
        width: 'minmax(180px, 1.6fr)',
        sort: (row) => row.address,
        cell: (row) => row.address || '—',
      },
      {
        key: 'quiet',
        title: t('admin.receivers.quiet'),
        width: 'minmax(130px, 1fr)',
        cell: (row) => (row.quiet_since === row.quiet_until ? '—' : `${row.quiet_since}–${row.quiet_until}`),
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
    [t, names],
  );
  return (
    <>
      <Area
        area="receivers"
        rows={receivers.data}
        error={receivers.error}
        onRetry={() => void receivers.refetch()}
        columns={columns}
        textOfRow={(row) => `${row.name} ${row.address}`}
        minWidth={760}
      />
      <OpenEditor open={ways.data ? open : null} rows={receivers.data} onClose={close}>
        {(row) => <ReceiverEditor row={row} onClose={close} />}
      </OpenEditor>
    </>
  );
}

function ReceiverEditor({ row, onClose }: { row: ReceiverRow | null; onClose: () => void }) {
  const { t } = useTranslation();
  const ways = useThings('delivery-ways');
  const people = useThings('people');
  const teams = useThings('teams');
  const values: Values = {
    name: row?.name ?? '',
    way: idText(row?.way_id ?? ways.data?.[0]?.id),
    address: row?.address ?? '',
    person: idText(row?.person_id),
    team: idText(row?.team_id),
    isQuiet: row ? row.quiet_since !== row.quiet_until : false,
    quiet_since: row && row.quiet_since !== row.quiet_until ? row.quiet_since : '22:00',
    quiet_until: row && row.quiet_since !== row.quiet_until ? row.quiet_until : '08:00',
    critical_wakes: row?.critical_wakes ?? true,
    tells_end: row?.tells_end ?? true,
    language: row?.language ?? '',
    is_on: row?.is_on ?? true,
  };
  return (
    <Editor<ReceiverRow, Values>
      area="receivers"
      row={row}
      title={row?.name ?? t('admin.receivers.new')}
      values={values}
      bodyOf={({ way, person, team, isQuiet, ...it }) => ({
        ...it,
        way_id: textId(way),
        person_id: textId(person),
        team_id: textId(team),
        quiet_since: isQuiet ? it.quiet_since : '00:00',
        quiet_until: isQuiet ? it.quiet_until : '00:00',
      })}
      placeOf={(place) => ({ way_id: 'way', person_id: 'person', team_id: 'team' })[place] ?? place}
      validate={(it) => ({ way: it.way ? null : t('common.required') })}
      onClose={onClose}
      removeText={t('admin.receivers.remove')}
    >
      {({ form }) => {
        const { way, isQuiet } = form.getValues();
        const kind = ways.data?.find((it) => String(it.id) === way)?.kind;
        const time = (field: 'quiet_since' | 'quiet_until') => ({
          value: form.getValues()[field],
          onChange: (value: string) => form.setFieldValue(field, value),
        });
        return (
          <>
            <TextInput label={t('admin.name')} required data-autofocus {...form.getInputProps('name')} />
            <Select
              label={t('admin.receivers.way')}
              data={choices(ways.data)}
              allowDeselect={false}
              {...form.getInputProps('way')}
            />
            {kind === 'email' || kind === 'telegram' || kind === 'max' ? (
              <TextInput
                label={t(`admin.receivers.addresses.${kind}`)}
                description={t(`admin.receivers.address_help.${kind}`)}
                inputWrapperOrder={ORDER}
                required
                {...form.getInputProps('address')}
              />
            ) : null}
            <Fieldset title={t('admin.receivers.whose')} hint={t('admin.receivers.whose_help')}>
              <Pair>
                <Select
                  label={t('admin.receivers.person')}
                  data={choices(people.data)}
                  searchable
                  clearable
                  {...form.getInputProps('person')}
                />
                <Select
                  label={t('admin.receivers.team')}
                  data={choices(teams.data)}
                  searchable
                  clearable
                  {...form.getInputProps('team')}
                />
              </Pair>
            </Fieldset>
            <Switch
              label={t('admin.receivers.is_quiet')}
              {...form.getInputProps('isQuiet', { type: 'checkbox' })}
            />
            {isQuiet ? (
              <>
                <Pair>
                  <TimeField label={t('admin.alert-rules.since')} {...time('quiet_since')} />
                  <TimeField label={t('admin.alert-rules.until')} {...time('quiet_until')} />
                </Pair>
                <Switch
                  label={t('admin.receivers.critical_wakes')}
                  {...form.getInputProps('critical_wakes', { type: 'checkbox' })}
                />
              </>
            ) : null}
            <Switch
              label={t('admin.receivers.tells_end')}
              {...form.getInputProps('tells_end', { type: 'checkbox' })}
            />
            <Select
              label={t('admin.receivers.language')}
              data={[
                { value: '', label: t('admin.receivers.languages.site') },
                { value: 'ru', label: t('admin.receivers.languages.ru') },
                { value: 'en', label: t('admin.receivers.languages.en') },
              ]}
              allowDeselect={false}
              {...form.getInputProps('language')}
            />
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

const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
