import { Button, FileInput, Modal, Select, Table } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, problemText } from '~/api/client';
import { textOf } from '~/i18n';
import { count } from '~/lib/format';
import { Chip, type Tone } from '~/ui/Chip';
import css from './Colleagues.module.css';

interface Read {
  columns: string[];
  encoding: string;
  count: number;
  rows: string[][];
  mapping: Record<string, string>;
}
interface Report {
  is_trial: boolean;
  counts: Record<string, number>;
  lines: { line: number; outcome: string; code: string; place: string }[];
}
const ENCODINGS = ['utf-8', 'cp1251', 'koi8-r', 'cp866', 'utf-16'];
const TONE: Record<string, Tone> = { made: 'ok', changed: 'info', unchanged: 'mute', refused: 'bad' };
const OUTCOMES = ['made', 'changed', 'unchanged', 'refused'] as const;
/** Thousands of rows take their time. */
const LONG_MS = 120_000;
const MOST_LINES = 50;

/** A table: what its columns are, what would come of each row, then it is taken. */
export default function TableImport({
  path,
  area,
  targets,
  query = {},
  onClose,
}: {
  path: string;
  area: 'directory' | 'shifts';
  targets: readonly string[];
  query?: Record<string, string>;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [file, setFile] = useState<File | Blob | null>(null);
  const [mapping, setMapping] = useState<Record<string, string>>({});
  const send = <T,>(to: string, table: Blob, more: Record<string, string>) =>
    post<T>(`${path}/${to}`, undefined, { file: table, query: { ...query, ...more }, timeout: LONG_MS });
  const read = useMutation({
    mutationFn: ({ table, encoding }: { table: Blob; encoding: string }) =>
      send<Read>('import/read', table, { encoding }),
    onSuccess: (found) => setMapping(found.mapping),
  });
  const bring = useMutation({
    mutationFn: ({ table, isTrial }: { table: Blob; isTrial: boolean }) =>
      send<Report>('import', table, {
        mapping: JSON.stringify(mapping),
        encoding: read.data?.encoding ?? '',
        is_trial: String(isTrial),
      }),
  });
  const take = (table: Blob | null) => {
    setFile(table);
    bring.reset();
    if (table) read.mutate({ table, encoding: '' });
  };
  const word = (target: string) => textOf(`colleagues.import.targets.${target}`) ?? target;
  const failed = read.error ?? bring.error;
  const report = bring.data;
  const refused = report?.lines.filter((it) => it.outcome === 'refused') ?? [];
  return (
    <Modal
      opened
      onClose={onClose}
      size={860}
      title={t(`colleagues.import.title_${area}`)}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <div
        className={css.form}
        onPaste={(event) => {
          const text = event.clipboardData.getData('text/plain');
          if (!text.includes('\n')) return;
          event.preventDefault();
          take(new Blob([text], { type: 'text/plain' }));
        }}
      >
        <p className="muted">{t(`colleagues.import.about_${area}`)}</p>
        <FileInput
          label={t('colleagues.import.file')}
          accept=".csv,.txt,.xlsx,.xls,.ods"
          value={file instanceof File ? file : null}
          placeholder={file ? t('colleagues.import.pasted') : ''}
          onChange={take}
          data-autofocus
        />
        {failed ? <p role="alert">{problemText(failed)}</p> : null}
        {read.data && file ? (
          <>
            <div className={css.acts}>
              <span>{t('colleagues.import.rows', { count: read.data.count })}</span>
              {read.data.encoding ? (
                <Select
                  aria-label={t('colleagues.import.encoding')}
                  data={ENCODINGS}
                  value={read.data.encoding}
                  allowDeselect={false}
                  onChange={(encoding) => encoding && read.mutate({ table: file, encoding })}
                />
              ) : null}
            </div>
            <Table.ScrollContainer minWidth={480}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    {read.data.columns.map((head, place) => (
                      <Table.Th key={place}>
                        {head || '—'}
                        <Select
                          aria-label={t('colleagues.import.target', { head })}
                          placeholder={t('colleagues.import.left_out')}
                          clearable
                          data={targets.map((value) => ({ value, label: word(value) }))}
                          value={mapping[String(place)] ?? null}
                          onChange={(value) => {
                            bring.reset();
                            const { [String(place)]: _, ...others } = mapping;
                            setMapping(value ? { ...others, [String(place)]: value } : others);
                          }}
                        />
                      </Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {read.data.rows.slice(0, 4).map((row, line) => (
                    <Table.Tr key={line}>
                      {row.map((cell, place) => (
                        <Table.Td key={place}>{cell}</Table.Td>
                      ))}
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <div className={css.acts}>
              <Button
                variant="default"
                loading={bring.isPending}
                onClick={() => bring.mutate({ table: file, isTrial: true })}
              >
                {t('colleagues.import.try')}
              </Button>
              <Button
                disabled={!report?.is_trial}
                loading={bring.isPending}
                onClick={() => bring.mutate({ table: file, isTrial: false })}
              >
                {t('colleagues.import.take')}
              </Button>
            </div>
          </>
        ) : null}
        <div role="status">
          {report ? (
            <>
              <p className={css.acts}>
                <strong>{t(report.is_trial ? 'colleagues.import.would' : 'colleagues.import.done')}</strong>
                {OUTCOMES.filter((it) => report.counts[it]).map((it) => (
                  <Chip key={it} tone={TONE[it] ?? 'mute'}>
                    {t(`colleagues.import.outcomes.${it}`)}: {count(report.counts[it])}
                  </Chip>
                ))}
              </p>
              <ul>
                {refused.slice(0, MOST_LINES).map((it) => (
                  <li key={it.line}>
                    {t('colleagues.import.line', { line: it.line })}{' '}
                    {textOf(`colleagues.import.codes.${it.code}`) ?? textOf(`refusals.${it.code}`) ?? it.code}
                    {it.place ? ` (${it.place})` : ''}
                  </li>
                ))}
              </ul>
            </>
          ) : null}
        </div>
      </div>
    </Modal>
  );
}
