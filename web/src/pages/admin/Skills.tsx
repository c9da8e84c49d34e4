import { TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { SkillRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { count } from '~/lib/format';
import type { Column } from '~/ui/DataGrid';
import { Area, useOpen } from './Area';
import { Editor, OpenEditor } from './Editor';
import { useThings } from './things';

export default function Skills() {
  const { t } = useTranslation();
  const skills = useThings('skills');
  const looks = useCan('watch.board');
  const mayQueues = useCan('manage.queues');
  const mayPeople = useCan('manage.people');
  const queues = useThings('queues', { may: mayQueues || looks });
  const people = useThings('people', { may: mayPeople || looks });
  const { open, close } = useOpen();
  const columns = useMemo<Column<SkillRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(180px, 2fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        key: 'queues',
        title: t('admin.skills.queues'),
        width: 'minmax(160px, 2fr)',
        cell: (row) =>
          queues.data
            ?.filter((queue) => queue.skills.some((it) => it.skill_id === row.id))
            .map((it) => it.name)
            .join(', ') || '—',
      },
      {
        key: 'people',
        title: t('admin.skills.people'),
        numeric: true,
        width: '130px',
        sort: (row) => people.data?.filter((it) => it.skills[row.id]).length,
        cell: (row) => count(people.data?.filter((it) => it.skills[row.id]).length),
      },
    ],
    [t, queues.data, people.data],
  );
  return (
    <>
      <Area
        area="skills"
        rows={skills.data}
        error={skills.error}
        onRetry={() => void skills.refetch()}
        columns={columns}
        textOfRow={nameOf}
        sort={BY_NAME}
      />
      <OpenEditor open={open} rows={skills.data} onClose={close}>
        {(row) => (
          <Editor<SkillRow, { name: string }>
            area="skills"
            row={row}
            title={row?.name ?? t('admin.skills.new')}
            values={{ name: row?.name ?? '' }}
            onClose={close}
            removeText={t('admin.skills.remove')}
            entity="skill"
          >
            {({ form }) => (
              <TextInput label={t('admin.name')} required data-autofocus {...form.getInputProps('name')} />
            )}
          </Editor>
        )}
      </OpenEditor>
    </>
  );
}

const BY_NAME = { key: 'name', descending: false };
const nameOf = (row: SkillRow) => row.name;
