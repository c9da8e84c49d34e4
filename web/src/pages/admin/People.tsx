import { MultiSelect, NumberInput, PasswordInput, Select, Switch, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { PersonRow } from '~/api/gen/types.gen';
import { named, useCan } from '~/api/session';
import { when } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import type { Column } from '~/ui/DataGrid';
import { PickMany } from '~/ui/PickMany';
import { useAddress } from '~/ui/useAddress';
import { Area, useOpen } from './Area';
import { Editor, Fieldset, OpenEditor, Pair } from './Editor';
import { PersonAccess } from './PersonAccess';
import { PersonDevices } from './PersonDevices';
import { type PreferenceValue, QueuePreferences } from './QueuePreferences';
import { type NeedValue, SkillLevels } from './SkillLevels';
import { choices, useThings } from './things';

interface Values extends Record<string, unknown> {
  login: string;
  name: string;
  language: 'ru' | 'en';
  password: string;
  role_ids: string[];
  team_ids: string[];
  skills: NeedValue[];
  preferences: PreferenceValue[];
  ring_timeout_seconds: number | string;
  /** By channel; empty is as usual. */
  capacities: Record<(typeof CHANNELS)[number], number | string>;
  has_browser_phone: boolean;
}

const LONGEST_LIST = 2;
const CHANNELS = ['voice', 'chat', 'email'] as const;

export default function People() {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const people = useThings('people');
  const roles = useThings('roles');
  const mayTeams = useCan('manage.teams');
  const looks = useCan('watch.board');
  const teams = useThings('teams', { may: mayTeams || looks });
  const { open, close, set } = useOpen();
  const roleName = useMemo(() => new Map(roles.data?.map((it) => [it.id, named(it)])), [roles.data]);
  const teamName = useMemo(() => new Map(teams.data?.map((it) => [it.id, it.name])), [teams.data]);
  const { role, team, show } = address;
  const columns = useMemo<Column<PersonRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.people.name'),
        width: 'minmax(140px, 1.6fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        key: 'login',
        title: t('admin.people.login'),
        width: 'minmax(100px, 1.1fr)',
        sort: (row) => row.login,
        cell: (row) => row.login,
      },
      {
        key: 'roles',
        title: t('admin.people.roles'),
        width: 'minmax(130px, 1.4fr)',
        sort: (row) => row.role_ids.map((id) => roleName.get(id)).join(),
        cell: (row) => <Names names={row.role_ids.map((id) => roleName.get(id) ?? '…')} />,
      },
      {
        key: 'teams',
        title: t('admin.people.teams'),
        width: 'minmax(100px, 1.2fr)',
        sort: (row) => row.team_ids.map((id) => teamName.get(id)).join(),
        cell: (row) => row.team_ids.map((id) => teamName.get(id) ?? '…').join(', ') || '—',
      },
      {
        key: 'seen',
        title: t('admin.people.last_seen'),
        width: 'minmax(110px, 1fr)',
        sort: (row) => row.last_seen_at,
        cell: (row) => (
          <span className="num">{row.last_seen_at ? when(row.last_seen_at) : t('admin.people.never')}</span>
        ),
      },
      {
        key: 'state',
        title: t('admin.people.state'),
        width: '132px',
        sort: (row) => (row.is_blocked ? 2 : row.signed_in ? 0 : 1),
        cell: (row) =>
          row.is_blocked ? (
            <Chip tone="bad">{t('admin.people.blocked')}</Chip>
          ) : row.is_robot ? (
            <Chip tone="mute">{t('admin.people.robot')}</Chip>
          ) : row.signed_in ? (
            <Chip tone="ok">{t('admin.people.signed_in')}</Chip>
          ) : null,
      },
    ],
    [t, roleName, teamName],
  );
  const shown = useMemo(
    () => (row: PersonRow) =>
      (!role || row.role_ids.includes(Number(role))) &&
      (!team || row.team_ids.includes(Number(team))) &&
      (show === 'blocked' ? row.is_blocked : show === 'all' || !row.is_robot),
    [role, team, show],
  );
  const person = typeof open === 'number' ? people.data?.find((it) => it.id === open) : undefined;
  return (
    <>
      <Area
        area="people"
        rows={people.data}
        error={people.error}
        onRetry={() => void people.refetch()}
        columns={columns}
        textOfRow={searchText}
        shown={shown}
        minWidth={780}
        sort={BY_NAME}
        filters={
          <>
            <PickMany
              single
              label={t('admin.people.roles')}
              choices={(roles.data ?? []).map((it) => ({ value: String(it.id), label: named(it) }))}
              value={role ? [role] : []}
              onChange={([one]) => setAddress({ role: one })}
            />
            <PickMany
              single
              label={t('lists.team')}
              choices={choices(teams.data)}
              value={team ? [team] : []}
              onChange={([one]) => setAddress({ team: one })}
            />
            <PickMany
              single
              label={t('admin.people.show')}
              choices={[
                { value: 'all', label: t('admin.people.with_robots') },
                { value: 'blocked', label: t('admin.people.only_blocked') },
              ]}
              value={show ? [show] : []}
              onChange={([one]) => setAddress({ show: one })}
            />
          </>
        }
      />
      <OpenEditor open={open} rows={people.data} onClose={close}>
        {(row) => (
          <PersonEditor
            row={row}
            // What is done at once (blocking, ending sign-ins) shows while the form keeps what is typed.
            live={person ?? row}
            onClose={close}
            onCreated={(made) => set(made.id)}
            roles={(roles.data ?? []).map((it) => ({ value: String(it.id), label: named(it) }))}
            teams={choices(teams.data)}
          />
        )}
      </OpenEditor>
    </>
  );
}

const BY_NAME = { key: 'name', descending: false };
const searchText = (row: PersonRow) => `${row.name} ${row.login}`;

function Names({ names }: { names: readonly string[] }) {
  const more = names.length - LONGEST_LIST;
  return (
    <span title={names.join(', ')}>
      {names.slice(0, LONGEST_LIST).join(', ') || '—'}
      {more > 0 ? ` +${more}` : ''}
    </span>
  );
}

function PersonEditor({
  row,
  live,
  onClose,
  onCreated,
  roles,
  teams,
}: {
  row: PersonRow | null;
  live: PersonRow | null;
  onClose: () => void;
  onCreated: (row: PersonRow) => void;
  roles: { value: string; label: string }[];
  teams: { value: string; label: string }[];
}) {
  const { t, i18n } = useTranslation();
  const managesDevices = useCan('manage.devices');
  const values: Values = {
    login: row?.login ?? '',
    name: row?.name ?? '',
    language: row?.language ?? (i18n.language === 'en' ? 'en' : 'ru'),
    password: '',
    role_ids: row?.role_ids.map(String) ?? [],
    team_ids: row?.team_ids.map(String) ?? [],
    skills: Object.entries(row?.skills ?? {}).map(([skill_id, minimum]) => ({ skill_id, minimum })),
    preferences: Object.entries(row?.preferences ?? {}).map(([queue_id, place]) => ({ queue_id, place })),
    ring_timeout_seconds: row?.ring_timeout_seconds ?? '',
    capacities: Object.fromEntries(
      CHANNELS.map((channel) => [channel, row?.capacities[channel] ?? '']),
    ) as Values['capacities'],
    has_browser_phone: row?.has_browser_phone ?? true,
  };
  return (
    <Editor<PersonRow, Values>
      area="people"
      row={row}
      title={row ? row.name : t('admin.people.new')}
      values={values}
      bodyOf={({ password, ...it }) => ({
        ...it,
        role_ids: it.role_ids.map(Number),
        team_ids: it.team_ids.map(Number),
        skills: Object.fromEntries(
          it.skills.filter((one) => one.skill_id).map((one) => [one.skill_id, Number(one.minimum)]),
        ),
        preferences: Object.fromEntries(
          it.preferences.filter((one) => one.queue_id).map((one) => [one.queue_id, Number(one.place)]),
        ),
        capacities: Object.fromEntries(
          CHANNELS.filter((channel) => it.capacities[channel] !== '').map((channel) => [
            channel,
            Number(it.capacities[channel]),
          ]),
        ),
        ring_timeout_seconds: it.ring_timeout_seconds === '' ? null : Number(it.ring_timeout_seconds),
        ...(row ? {} : { password: password || null }),
      })}
      placeOf={(place) => (place === 'new' ? 'password' : place.replace(/^(skills|preferences)\..*$/, '$1'))}
      onClose={onClose}
      onCreated={onCreated}
      wide
      entity="agent"
      after={
        live ? (
          <>
            <PersonAccess person={live} />
            {managesDevices ? <PersonDevices person={live} /> : null}
          </>
        ) : null
      }
    >
      {({ form, isNew }) => (
        <>
          <Pair>
            <TextInput
              label={t('admin.people.name')}
              required
              data-autofocus
              autoComplete="off"
              {...form.getInputProps('name')}
            />
            <TextInput
              label={t('admin.people.login')}
              description={t('admin.people.login_help')}
              inputWrapperOrder={ORDER}
              required
              autoComplete="off"
              {...form.getInputProps('login')}
            />
          </Pair>
          <Pair>
            <MultiSelect
              label={t('admin.people.roles')}
              data={roles}
              clearable
              {...form.getInputProps('role_ids')}
            />
            <Select label={t('admin.people.language')} data={LANGUAGES} {...form.getInputProps('language')} />
          </Pair>
          {isNew ? (
            <PasswordInput
              label={t('admin.people.password')}
              description={t('admin.people.password_help')}
              inputWrapperOrder={ORDER}
              autoComplete="new-password"
              visibilityToggleButtonProps={{ 'aria-label': t('admin.people.password_show') }}
              {...form.getInputProps('password')}
            />
          ) : null}
          <Fieldset title={t('admin.people.work')} hint={t('admin.people.work_help')}>
            <MultiSelect
              label={t('admin.people.teams')}
              data={teams}
              clearable
              {...form.getInputProps('team_ids')}
            />
            <SkillLevels form={form} field="skills" levelLabel={t('admin.people.level')} />
            <Switch
              label={t('admin.people.browser_phone')}
              description={t('admin.people.browser_phone_help')}
              {...form.getInputProps('has_browser_phone', { type: 'checkbox' })}
            />
            <NumberInput
              label={t('admin.people.ring_timeout')}
              description={t('admin.people.ring_timeout_help')}
              inputWrapperOrder={ORDER}
              suffix={` ${t('admin.unit.seconds')}`}
              min={3}
              max={300}
              {...form.getInputProps('ring_timeout_seconds')}
            />
          </Fieldset>
          <Fieldset title={t('admin.people.capacities')} hint={t('admin.people.capacities_help')}>
            <Pair>
              {CHANNELS.map((channel) => (
                <NumberInput
                  key={channel}
                  label={t(`admin.channel.${channel}`)}
                  min={0}
                  max={channel === 'voice' ? 1 : 12}
                  allowDecimal={false}
                  {...form.getInputProps(`capacities.${channel}`)}
                />
              ))}
            </Pair>
          </Fieldset>
          <Fieldset title={t('admin.people.preferences')} hint={t('admin.people.preferences_help')}>
            <QueuePreferences form={form} field="preferences" />
          </Fieldset>
        </>
      )}
    </Editor>
  );
}

const LANGUAGES = [
  { value: 'ru', label: 'Русский' },
  { value: 'en', label: 'English' },
];
const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
