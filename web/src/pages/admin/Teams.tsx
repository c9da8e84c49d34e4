import { MultiSelect, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { TeamRow } from '~/api/gen/types.gen';
import { count } from '~/lib/format';
import type { Column } from '~/ui/DataGrid';
import { Area, useOpen } from './Area';
import { Editor, OpenEditor } from './Editor';
import { choices, useThings } from './things';

export default function Teams() {
  const { t } = useTranslation();
  const teams = useThings('teams');
  const people = useThings('people');
  const { open, close } = useOpen();
  const columns = useMemo<Column<TeamRow>[]>(() => {
    const names = new Map(people.data?.map((it) => [it.id, it.name]));
    return [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(180px, 2fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        key: 'supervisors',
        title: t('admin.teams.supervisors'),
        width: 'minmax(180px, 2fr)',
        cell: (row) => row.supervisor_ids.map((id) => names.get(id) ?? '…').join(', ') || '—',
      },
      {
        key: 'people',
        title: t('admin.teams.people'),
        numeric: true,
        width: '130px',
        sort: (row) => row.people,
        cell: (row) => count(row.people),
      },
    ];
  }, [t, people.data]);
  return (
    <>
      <Area
        area="teams"
        rows={teams.data}
        error={teams.error}
        onRetry={() => void teams.refetch()}
        columns={columns}
        textOfRow={nameOf}
        sort={BY_NAME}
      />
      <OpenEditor open={open} rows={teams.data} onClose={close}>
        {(row) => (
          <Editor<TeamRow, { name: string; supervisor_ids: string[] }>
            area="teams"
            row={row}
            title={row?.name ?? t('admin.teams.new')}
            values={{ name: row?.name ?? '', supervisor_ids: row?.supervisor_ids.map(String) ?? [] }}
            bodyOf={(it) => ({ ...it, supervisor_ids: it.supervisor_ids.map(Number) })}
            onClose={close}
            removeText={t('admin.teams.remove')}
            entity="team"
          >
            {({ form }) => (
              <>
                <TextInput label={t('admin.name')} required data-autofocus {...form.getInputProps('name')} />
                <MultiSelect
                  label={t('admin.teams.supervisors')}
                  description={t('admin.teams.supervisors_help')}
                  inputWrapperOrder={['label', 'input', 'description', 'error']}
                  searchable
                  clearable
                  nothingFoundMessage={t('lists.pick.nothing')}
                  data={choices(people.data?.filter((it) => !it.is_robot && !it.is_blocked))}
                  {...form.getInputProps('supervisor_ids')}
                />
              </>
            )}
          </Editor>
        )}
      </OpenEditor>
    </>
  );
}

const BY_NAME = { key: 'name', descending: false };
const nameOf = (row: TeamRow) => row.name;
