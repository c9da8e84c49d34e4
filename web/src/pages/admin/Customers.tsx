import { Button, Select, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Merge, Upload } from 'lucide-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import type { CustomerCard, CustomerPage } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { fieldsOf, linesOf } from '~/lib/fieldLines';
import type { Column } from '~/ui/DataGrid';
import { useAddress } from '~/ui/useAddress';
import { Area, useOpen } from './Area';
import { CustomerImport } from './CustomerImport';
import { Editor, Fieldset, OpenEditor, Pair } from './Editor';
import { choices, idText, textId, useThings } from './things';

const CustomerMerge = lazy(() => import('./CustomerMerge'));

const CONSENTS = ['calls', 'recording', 'mail'] as const;

/** Nobody who was never asked has refused. */
const ANSWERS = ['', 'yes', 'no'] as const;
type Consent = (typeof ANSWERS)[number];
const consentOf = (given: boolean | undefined): Consent => (given === undefined ? '' : given ? 'yes' : 'no');

interface Values extends Record<string, unknown> {
  name: string;
  company: string;
  note: string;
  customer_class: string;
  code: string;
  email: string;
  phones: string[];
  fields: string;
  calls: Consent;
  recording: Consent;
  mail: Consent;
  personal: string | null;
}

/** Customers: found by a name, a company, a code or a part of a number; brought in from a table. */
export default function Customers() {
  const { t } = useTranslation();
  const [address] = useAddress();
  const mayImport = useCan('import.customers');
  const mayEdit = useCan('edit.customers');
  const [imports, setImports] = useState(false);
  const [merging, setMerging] = useState(false);
  const find = (address.find ?? '').trim();
  const found = useInfiniteQuery({
    queryKey: ['admin', 'customers', find],
    queryFn: ({ signal, pageParam }) =>
      get<CustomerPage>('/api/v1/customers', { find, before: pageParam, limit: 100 }, signal),
    initialPageParam: 0,
    getNextPageParam: (page) => page.before ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.rows), [found.data]);
  const { open, close } = useOpen();
  const columns = useMemo<Column<CustomerCard>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(160px, 1.6fr)',
        sort: (row) => row.name,
        cell: (row) => row.name || '—',
      },
      {
        key: 'company',
        title: t('admin.customers.company'),
        width: 'minmax(120px, 1.2fr)',
        sort: (row) => row.company,
        cell: (row) => row.company,
      },
      {
        key: 'phones',
        title: t('admin.customers.phones'),
        width: 'minmax(170px, 1.6fr)',
        cell: (row) => <span className="num">{(row.phones ?? []).join(', ')}</span>,
      },
      {
        key: 'class',
        title: t('admin.customers.class'),
        width: 'minmax(90px, 0.8fr)',
        sort: (row) => row.customer_class,
        cell: (row) => row.customer_class,
      },
      {
        key: 'code',
        title: t('admin.customers.code'),
        width: 'minmax(90px, 0.8fr)',
        sort: (row) => row.code,
        cell: (row) => row.code,
      },
    ],
    [t],
  );
  return (
    <>
      <Area
        area="customers"
        rows={rows}
        error={found.error}
        onRetry={() => void found.refetch()}
        columns={columns}
        // The server has searched already.
        textOfRow={() => find.toLocaleLowerCase()}
        actions={
          mayImport ? (
            <>
              {mayEdit ? (
                <Button
                  variant="default"
                  leftSection={<Merge size={15} aria-hidden />}
                  onClick={() => setMerging(true)}
                >
                  {t('admin.customers.merge.open')}
                </Button>
              ) : null}
              <Button
                variant="default"
                leftSection={<Upload size={15} aria-hidden />}
                aria-expanded={imports}
                onClick={() => setImports(!imports)}
              >
                {t('admin.customers.import.open')}
              </Button>
            </>
          ) : null
        }
        filters={
          found.hasNextPage ? (
            <Button
              variant="subtle"
              loading={found.isFetchingNextPage}
              onClick={() => void found.fetchNextPage()}
            >
              {t('admin.customers.more')}
            </Button>
          ) : null
        }
        notice={imports ? <CustomerImport onClose={() => setImports(false)} /> : null}
        minWidth={760}
      />
      {merging ? (
        <Suspense fallback={null}>
          <CustomerMerge
            first={rows?.find((row) => row.id === open) ?? null}
            onClose={() => {
              setMerging(false);
              close();
            }}
          />
        </Suspense>
      ) : null}
      <OpenEditor open={open} rows={rows} onClose={close}>
        {(row) => <CustomerEditor row={row} onClose={close} />}
      </OpenEditor>
    </>
  );
}

function CustomerEditor({ row, onClose }: { row: CustomerCard | null; onClose: () => void }) {
  const { t } = useTranslation();
  const mayPeople = useCan('manage.people');
  const people = useThings('people', { may: mayPeople });
  const values: Values = {
    name: row?.name ?? '',
    company: row?.company ?? '',
    note: row?.note ?? '',
    customer_class: row?.customer_class ?? '',
    code: row?.code ?? '',
    email: row?.email ?? '',
    phones: row?.phones ?? [],
    fields: linesOf(row?.fields ?? {}),
    calls: consentOf(row?.consents?.calls),
    recording: consentOf(row?.consents?.recording),
    mail: consentOf(row?.consents?.mail),
    personal: idText(row?.personal_agent_id),
  };
  return (
    <Editor<CustomerCard, Values>
      area="customers"
      row={row}
      title={row?.name || t('admin.customers.new')}
      values={values}
      bodyOf={({ fields, calls, recording, mail, personal, ...it }) => ({
        ...it,
        fields: fieldsOf(fields),
        consents: Object.fromEntries(
          Object.entries({ calls, recording, mail }).flatMap(([name, it]) =>
            it ? [[name, it === 'yes']] : [],
          ),
        ),
        personal_agent_id: textId(personal),
      })}
      placeOf={(place) => place.replace(/^(phones|fields)\..*$/, '$1')}
      onClose={onClose}
      wide
    >
      {({ form }) => (
        <>
          <Pair>
            <TextInput label={t('admin.name')} data-autofocus {...form.getInputProps('name')} />
            <TextInput label={t('admin.customers.company')} {...form.getInputProps('company')} />
          </Pair>
          <TagsInput
            label={t('admin.customers.phones')}
            description={t('admin.customers.phones_help')}
            inputWrapperOrder={ORDER}
            maxTags={20}
            {...form.getInputProps('phones')}
          />
          <Pair>
            <TextInput label={t('admin.customers.email')} {...form.getInputProps('email')} />
            <TextInput
              label={t('admin.customers.code')}
              description={t('admin.customers.code_help')}
              inputWrapperOrder={ORDER}
              {...form.getInputProps('code')}
            />
          </Pair>
          <Pair>
            <TextInput
              label={t('admin.customers.class')}
              description={t('admin.customers.class_help')}
              inputWrapperOrder={ORDER}
              {...form.getInputProps('customer_class')}
            />
            {mayPeople ? (
              <Select
                label={t('admin.customers.personal')}
                description={t('admin.customers.personal_help')}
                inputWrapperOrder={ORDER}
                data={choices(people.data)}
                searchable
                clearable
                {...form.getInputProps('personal')}
              />
            ) : null}
          </Pair>
          <Fieldset title={t('admin.customers.consents')}>
            {CONSENTS.map((it) => (
              <Select
                key={it}
                label={t(`admin.customers.consent.${it}`)}
                data={ANSWERS.map((value) => ({
                  value,
                  label: t(`admin.customers.answer.${value || 'unasked'}`),
                }))}
                allowDeselect={false}
                {...form.getInputProps(it)}
              />
            ))}
          </Fieldset>
          <Textarea
            label={t('admin.customers.fields')}
            description={t('admin.customers.fields_help')}
            inputWrapperOrder={ORDER}
            autosize
            minRows={2}
            {...form.getInputProps('fields')}
          />
          <Textarea label={t('admin.customers.note')} autosize minRows={2} {...form.getInputProps('note')} />
        </>
      )}
    </Editor>
  );
}

const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
