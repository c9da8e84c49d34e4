import { Button, Group, Modal, Select, SimpleGrid, Table } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowLeftRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { CardMerged, CustomerCard, CustomerPage } from '~/api/gen/types.gen';
import { prettyNumber } from '~/lib/number';
import { announce } from '~/ui/announce';
import { useConfirm } from '~/ui/Confirm';
import { Banner, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';
import { refresh } from './things';

const CONSENTS = ['calls', 'recording', 'mail'] as const;

/** Two cards of one customer become one: chosen, seen side by side with what comes of them, then merged. */
export default function CustomerMerge({
  first,
  onClose,
}: {
  first: CustomerCard | null;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const ask = useConfirm();
  const [kept, setKept] = useState<number | null>(first?.id ?? null);
  const [gone, setGone] = useState<number | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const trial = useQuery({
    // Not among what a change of the settings asks for anew: one of the two is gone then.
    queryKey: ['merging', 'trial', kept, gone],
    queryFn: () => post<CardMerged>('/api/v1/customers/merge', { kept_id: kept, gone_id: gone }),
    enabled: kept !== null && gone !== null,
    retry: false,
    gcTime: 0,
  });
  const found = trial.data;
  const merge = async () => {
    if (!found) return;
    const nameOf = (card: CustomerCard) => card.name || card.phones[0] || t('admin.customers.merge.unnamed');
    const sure = await ask({
      title: t('admin.customers.merge.title'),
      text: t('admin.customers.merge.sure_text', { gone: nameOf(found.gone), kept: nameOf(found.kept) }),
      confirm: t('admin.customers.merge.sure'),
      danger: true,
    });
    if (!sure) return;
    setBusy(true);
    setTrouble(null);
    try {
      await post('/api/v1/customers/merge', {
        kept_id: kept,
        gone_id: gone,
        kept_changed_at: found.kept.changed_at,
        gone_changed_at: found.gone.changed_at,
      });
      announce(t('admin.customers.merge.done'));
      toast(t('admin.customers.merge.done'));
      await refresh(queries);
      onClose();
    } catch (refused) {
      setTrouble(problemText(refused));
      await trial.refetch();
    } finally {
      setBusy(false);
    }
  };
  const problem = trouble ?? (trial.error ? problemText(trial.error) : null);
  return (
    <Modal
      opened
      onClose={onClose}
      size={900}
      title={t('admin.customers.merge.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <p className={css.hint}>{t('admin.customers.merge.about')}</p>
      <SimpleGrid cols={2} spacing="sm" mt="sm">
        <Pick label={t('admin.customers.merge.kept')} value={kept} first={first} onChange={setKept} />
        <Pick label={t('admin.customers.merge.gone')} value={gone} first={null} onChange={setGone} />
      </SimpleGrid>
      {problem ? <Banner tone="bad">{problem}</Banner> : null}
      {trial.isFetching && !found ? <Loading rows={5} height={28} /> : null}
      {found ? <SideBySide found={found} /> : null}
      <Group justify="space-between" mt="md">
        <Button
          variant="subtle"
          leftSection={<ArrowLeftRight size={15} aria-hidden />}
          disabled={kept === null || gone === null}
          onClick={() => {
            setKept(gone);
            setGone(kept);
          }}
        >
          {t('admin.customers.merge.swap')}
        </Button>
        <Group gap="sm">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button loading={busy} disabled={!found || trial.isFetching} onClick={() => void merge()}>
            {t('admin.customers.merge.sure')}
          </Button>
        </Group>
      </Group>
    </Modal>
  );
}

/** A card, found by what one types. */
function Pick({
  label,
  value,
  first,
  onChange,
}: {
  label: string;
  value: number | null;
  first: CustomerCard | null;
  onChange: (id: number | null) => void;
}) {
  const { t } = useTranslation();
  const [find, setFind] = useState('');
  const chosen = useQuery({
    queryKey: ['merging', 'card', value],
    gcTime: 0,
    queryFn: ({ signal }) => get<CustomerCard>(`/api/v1/customers/${value}`, {}, signal),
    enabled: value !== null && value !== first?.id,
  });
  const one = value === null ? null : value === first?.id ? first : (chosen.data ?? null);
  const shown = one ? labelOf(one, t('admin.customers.merge.unnamed')) : '';
  // What stands in the field after a choice is no search.
  const sought = find.trim() === shown ? '' : find.trim();
  const page = useQuery({
    queryKey: ['merging', 'find', sought],
    gcTime: 0,
    queryFn: ({ signal }) => get<CustomerPage>('/api/v1/customers', { find: sought, limit: 20 }, signal),
    placeholderData: (before) => before,
  });
  const cards = [...(one ? [one] : []), ...(page.data?.rows.filter((it) => it.id !== value) ?? [])];
  return (
    <Select
      label={label}
      placeholder={t('admin.customers.merge.find')}
      nothingFoundMessage={t('admin.customers.merge.nothing')}
      data={cards.map((it) => ({
        value: String(it.id),
        label: labelOf(it, t('admin.customers.merge.unnamed')),
      }))}
      value={value === null ? null : String(value)}
      onChange={(next) => onChange(next ? Number(next) : null)}
      searchable
      clearable
      searchValue={find}
      onSearchChange={setFind}
      // The server has searched already.
      filter={({ options }) => options}
    />
  );
}

const labelOf = (card: CustomerCard, unnamed: string): string =>
  [card.name || unnamed, card.company, card.phones[0] ? prettyNumber(card.phones[0]) : '', `№ ${card.id}`]
    .filter(Boolean)
    .join(' · ');

function SideBySide({ found }: { found: CardMerged }) {
  const { t } = useTranslation();
  const answer = (given: boolean | undefined) =>
    given === undefined ? '' : t(`admin.customers.answer.${given ? 'yes' : 'no'}`);
  const names = [
    ...new Set([...Object.keys(found.kept.fields ?? {}), ...Object.keys(found.gone.fields ?? {})]),
  ];
  const lines: { name: string; of: (card: CustomerCard) => string; isList?: boolean }[] = [
    { name: t('admin.customers.import.targets.name'), of: (it) => it.name ?? '' },
    { name: t('admin.customers.company'), of: (it) => it.company ?? '' },
    {
      name: t('admin.customers.phones'),
      isList: true,
      of: (it) => it.phones.map((one) => prettyNumber(one)).join(', '),
    },
    { name: t('admin.customers.email'), of: (it) => it.email ?? '' },
    { name: t('admin.customers.code'), of: (it) => it.code ?? '' },
    { name: t('admin.customers.class'), of: (it) => it.customer_class ?? '' },
    { name: t('admin.customers.personal'), of: (it) => it.personal_agent_name },
    ...CONSENTS.map((one) => ({
      name: `${t('admin.customers.consents')}: ${t(`admin.customers.consent.${one}`).toLocaleLowerCase()}`,
      of: (it: CustomerCard) => answer(it.consents?.[one]),
    })),
    ...names.map((name) => ({ name, of: (it: CustomerCard) => it.fields?.[name] ?? '' })),
    { name: t('admin.customers.note'), of: (it) => it.note ?? '' },
  ];
  const said = lines.filter(({ of }) => of(found.kept) || of(found.gone));
  return (
    <Table mt="sm" layout="fixed" aria-label={t('admin.customers.merge.title')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w="22%">{t('admin.customers.merge.field')}</Table.Th>
          <Table.Th>{t('admin.customers.merge.kept')}</Table.Th>
          <Table.Th>{t('admin.customers.merge.gone')}</Table.Th>
          <Table.Th>{t('admin.customers.merge.whole')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {said.map(({ name, of, isList }, place) => {
          const whole = of(found.whole);
          const cell = (text: string) => {
            const isLost = text !== '' && text !== whole && !isList;
            return (
              <Table.Td className={css.merged}>
                {isLost ? (
                  <del title={t('admin.customers.merge.lost')}>{text}</del>
                ) : (
                  text || <span className="muted">—</span>
                )}
              </Table.Td>
            );
          };
          return (
            <Table.Tr key={`${place} ${name}`}>
              <Table.Th scope="row" className={css.merged}>
                {name}
              </Table.Th>
              {cell(of(found.kept))}
              {cell(of(found.gone))}
              <Table.Td className={css.merged}>
                <b>{whole}</b>
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
