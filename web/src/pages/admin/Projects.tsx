import { ColorInput, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProjectRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import type { Column } from '~/ui/DataGrid';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import { Editor, OpenEditor } from './Editor';
import { useThings } from './things';

const COLORS = ['#4f46e5', '#0e7490', '#15803d', '#b45309', '#b91c1c', '#7e22ce', '#be185d', '#475064'];

export default function Projects() {
  const { t } = useTranslation();
  const projects = useThings('projects');
  const looks = useCan('watch.board');
  const mayQueues = useCan('manage.queues');
  const queues = useThings('queues', { may: mayQueues || looks });
  const { open, close } = useOpen();
  const columns = useMemo<Column<ProjectRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(180px, 1fr)',
        sort: (row) => row.name,
        cell: (row) => (
          <>
            <span className={css.swatch} style={{ background: row.color }} aria-hidden />
            {row.name}
          </>
        ),
      },
      {
        key: 'queues',
        title: t('admin.skills.queues'),
        width: 'minmax(200px, 2fr)',
        cell: (row) =>
          queues.data
            ?.filter((it) => it.project_id === row.id)
            .map((it) => it.name)
            .join(', ') || '—',
      },
    ],
    [t, queues.data],
  );
  return (
    <>
      <Area
        area="projects"
        rows={projects.data}
        error={projects.error}
        onRetry={() => void projects.refetch()}
        columns={columns}
        textOfRow={nameOf}
        sort={BY_NAME}
      />
      <OpenEditor open={open} rows={projects.data} onClose={close}>
        {(row) => (
          <Editor<ProjectRow, { name: string; color: string }>
            area="projects"
            row={row}
            title={row?.name ?? t('admin.projects.new')}
            values={{ name: row?.name ?? '', color: row?.color ?? COLORS[0]! }}
            onClose={close}
            removeText={t('admin.projects.remove')}
            entity="project"
          >
            {({ form }) => (
              <>
                <TextInput label={t('admin.name')} required data-autofocus {...form.getInputProps('name')} />
                <ColorInput
                  label={t('admin.projects.color')}
                  description={t('admin.projects.color_help')}
                  inputWrapperOrder={['label', 'input', 'description', 'error']}
                  format="hex"
                  withEyeDropper={false}
                  swatches={COLORS}
                  {...form.getInputProps('color')}
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
const nameOf = (row: ProjectRow) => row.name;
