import { Button, Checkbox, Radio } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import type { RightRow, RoleRow } from '~/api/gen/types.gen';
import { named } from '~/api/session';
import { textOf } from '~/i18n';
import { count } from '~/lib/format';
import type { Column } from '~/ui/DataGrid';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import { Editor, Fieldset, OpenEditor } from './Editor';
import { NamePair } from './Named';
import { useThings } from './things';

const SEES = ['all', 'teams', 'self'] as const;

interface Values extends Record<string, unknown> {
  name_ru: string;
  name_en: string;
  sees: (typeof SEES)[number];
  rights: string[];
}

export default function Roles() {
  const { t } = useTranslation();
  const roles = useThings('roles');
  const rights = useQuery({
    queryKey: ['rights'],
    queryFn: ({ signal }) => get<RightRow[]>('/api/v1/rights', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { open, close } = useOpen();
  const columns = useMemo<Column<RoleRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(160px, 1.5fr)',
        sort: named,
        cell: named,
      },
      {
        key: 'sees',
        title: t('admin.roles.sees'),
        width: 'minmax(160px, 1.5fr)',
        sort: (row) => SEES.indexOf(row.sees),
        cell: (row) => t(`admin.roles.sight.${row.sees}`),
      },
      {
        key: 'rights',
        title: t('admin.roles.rights'),
        numeric: true,
        width: '110px',
        sort: (row) => row.rights.length,
        cell: (row) => count(row.rights.length),
      },
      {
        key: 'people',
        title: t('admin.roles.people'),
        numeric: true,
        width: '110px',
        sort: (row) => row.people,
        cell: (row) => count(row.people),
      },
    ],
    [t],
  );
  const areas = [...new Set(rights.data?.map((it) => it.area))];
  return (
    <>
      <Area
        area="roles"
        rows={roles.data}
        error={roles.error ?? rights.error}
        onRetry={() => {
          void roles.refetch();
          void rights.refetch();
        }}
        columns={columns}
        textOfRow={searchText}
      />
      <OpenEditor open={open} rows={rights.data ? roles.data : undefined} onClose={close}>
        {(row) => (
          <Editor<RoleRow, Values>
            area="roles"
            row={row}
            title={row ? named(row) : t('admin.roles.new')}
            values={{
              name_ru: row?.name_ru ?? '',
              name_en: row?.name_en ?? '',
              sees: row?.sees ?? 'self',
              rights: row?.rights ?? [],
            }}
            onClose={close}
            removeText={t('admin.roles.remove')}
          >
            {({ form }) => {
              const chosen = new Set(form.getValues().rights);
              return (
                <>
                  <NamePair form={form} />
                  <Radio.Group
                    label={t('admin.roles.sees')}
                    description={t('admin.roles.sees_help')}
                    {...form.getInputProps('sees')}
                  >
                    <div className={css.rows} style={{ marginTop: 8 }}>
                      {SEES.map((it) => (
                        <Radio key={it} value={it} label={t(`admin.roles.sight.${it}`)} />
                      ))}
                    </div>
                  </Radio.Group>
                  <div data-path="rights">
                    {form.errors.rights ? <p className={css.error}>{form.errors.rights}</p> : null}
                    {areas.map((area) => {
                      const inside = rights.data!.filter((it) => it.area === area);
                      const all = inside.every((it) => chosen.has(it.right));
                      const toggle = () =>
                        form.setFieldValue(
                          'rights',
                          all
                            ? [...chosen].filter((it) => !inside.some((one) => one.right === it))
                            : [...new Set([...chosen, ...inside.map((it) => it.right)])],
                        );
                      return (
                        <Fieldset key={area} title={textOf(`admin.roles.area.${area}`) ?? area}>
                          <div className={css.rights}>
                            <div>
                              <Button size="compact-xs" variant="default" onClick={toggle}>
                                {t(all ? 'admin.roles.none' : 'admin.roles.all')}
                              </Button>
                            </div>
                            {inside.map((it) => (
                              <Checkbox
                                key={it.right}
                                label={named(it)}
                                mt={8}
                                checked={chosen.has(it.right)}
                                onChange={(e) =>
                                  form.setFieldValue(
                                    'rights',
                                    e.currentTarget.checked
                                      ? [...chosen, it.right]
                                      : [...chosen].filter((one) => one !== it.right),
                                  )
                                }
                              />
                            ))}
                          </div>
                        </Fieldset>
                      );
                    })}
                  </div>
                </>
              );
            }}
          </Editor>
        )}
      </OpenEditor>
    </>
  );
}

const searchText = (row: RoleRow) => `${row.name_ru} ${row.name_en}`;
