import { Button, FileInput, Select, Switch, Table } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, problemText } from '~/api/client';
import type { ImportRead, ImportReport } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { count } from '~/lib/format';
import { Chip, type Tone } from '~/ui/Chip';
import css from './Admin.module.css';
import { refresh } from './things';

const TARGETS = [
  'name',
  'phone',
  'email',
  'company',
  'note',
  'class',
  'code',
  'personal_agent',
  'consent_calls',
  'consent_recording',
  'consent_mail',
  'field',
] as const;
type Target = (typeof TARGETS)[number];
const ENCODINGS = ['utf-8', 'cp1251', 'koi8-r', 'cp866', 'utf-16'];
const TONE: Record<string, Tone> = {
  made: 'ok',
  changed: 'info',
  merged: 'info',
  unchanged: 'mute',
  refused: 'bad',
};
/** Thousands of rows take their time. */
const LONG_MS = 120_000;
const OUTCOMES = ['made', 'changed', 'merged', 'unchanged', 'refused'] as const;

/** A table of customers: what its columns are, what would come of it, then it is brought in. */
export function CustomerImport({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [mapping, setMapping] = useState<Record<string, Target>>({});
  const [merges, setMerges] = useState(false);
  const read = useMutation({
    mutationFn: ({ file, encoding }: { file: File; encoding: string }) =>
      send<ImportRead>('/api/v1/customers/import/read', file, { encoding }),
    onSuccess: (found) => setMapping(found.mapping as Record<string, Target>),
  });
  const bring = useMutation({
    mutationFn: ({ file, is_trial }: { file: File; is_trial: boolean }) =>
      send<ImportReport>('/api/v1/customers/import', file, {
        mapping: JSON.stringify(mapping),
        encoding: read.data?.encoding ?? '',
        merges: String(merges),
        is_trial: String(is_trial),
      }),
    onSuccess: (report) => (report.is_trial ? undefined : refresh(queries)),
  });
  const table = read.data;
  const report = bring.data;
  const failed = read.error ?? bring.error;
  return (
    <section className={`panel ${css.inset}`} aria-labelledby="import-title">
      <h3 id="import-title">{t('admin.customers.import.title')}</h3>
      <p className={css.hint}>{t('admin.customers.import.about')}</p>
      <FileInput
        label={t('admin.customers.import.file')}
        accept=".csv,.txt,.xlsx,.xls,.ods"
        value={file}
        onChange={(chosen) => {
          setFile(chosen);
          bring.reset();
          if (chosen) read.mutate({ file: chosen, encoding: '' });
        }}
      />
      {failed ? <p role="alert">{problemText(failed)}</p> : null}
      {table && file ? (
        <>
          <p className={css.result}>
            <span>{t('admin.customers.import.rows', { count: table.count })}</span>
            {table.encoding ? (
              <Select
                aria-label={t('admin.customers.import.encoding')}
                data={ENCODINGS}
                value={table.encoding}
                allowDeselect={false}
                onChange={(encoding) => encoding && read.mutate({ file, encoding })}
              />
            ) : null}
          </p>
          <Table.ScrollContainer minWidth={480}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  {table.columns.map((head, place) => (
                    <Table.Th key={place}>
                      {head || '—'}
                      <Select
                        aria-label={t('admin.customers.import.target', { head })}
                        placeholder={t('admin.customers.import.left_out')}
                        clearable
                        data={TARGETS.map((value) => ({
                          value,
                          label: t(`admin.customers.import.targets.${value}`),
                        }))}
                        value={mapping[String(place)] ?? null}
                        onChange={(value) => {
                          bring.reset();
                          const { [String(place)]: _, ...others } = mapping;
                          setMapping(value ? { ...others, [String(place)]: value as Target } : others);
                        }}
                      />
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {table.rows.slice(0, 4).map((row, line) => (
                  <Table.Tr key={line}>
                    {row.map((cell, place) => (
                      <Table.Td key={place}>{cell}</Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          <Switch
            label={t('admin.customers.import.merges')}
            description={t('admin.customers.import.merges_help')}
            checked={merges}
            onChange={(event) => {
              setMerges(event.currentTarget.checked);
              bring.reset();
            }}
          />
          <p className={css.result}>
            <Button
              variant="default"
              loading={bring.isPending}
              onClick={() => bring.mutate({ file, is_trial: true })}
            >
              {t('admin.customers.import.try')}
            </Button>
            <Button
              disabled={!report?.is_trial}
              loading={bring.isPending}
              onClick={() => bring.mutate({ file, is_trial: false })}
            >
              {t('admin.customers.import.take')}
            </Button>
            <span className={css.push} />
            <Button variant="subtle" onClick={onClose}>
              {t('admin.customers.import.close')}
            </Button>
          </p>
        </>
      ) : null}
      <div role="status">{report ? <Report report={report} /> : null}</div>
    </section>
  );
}

function Report({ report }: { report: ImportReport }) {
  const { t } = useTranslation();
  const refused = report.lines.filter((line) => line.outcome === 'refused');
  return (
    <>
      <p className={css.result}>
        <strong>{t(report.is_trial ? 'admin.customers.import.would' : 'admin.customers.import.done')}</strong>
        {OUTCOMES.filter((it) => report.counts[it]).map((it) => (
          <Chip key={it} tone={TONE[it] ?? 'mute'}>
            {t(`admin.customers.import.outcomes.${it}`)}: {count(report.counts[it])}
          </Chip>
        ))}
      </p>
      {refused.length ? (
        <ul>
          {refused.slice(0, 50).map((line) => (
            <li key={line.line}>
              {t('admin.customers.import.line', { line: line.line })}{' '}
              {textOf(`admin.customers.import.codes.${line.code}`) ?? line.code}
              {line.place ? ` (${line.place})` : ''}
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

function send<T>(path: string, file: File, query: Record<string, string>): Promise<T> {
  return post<T>(path, undefined, { file, query, timeout: LONG_MS });
}
