import { Button, Combobox, useCombobox } from '@mantine/core';
import { Check, ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import css from './PickMany.module.css';

export interface Choice {
  value: string;
  label: string;
}

const SEARCH_FROM = 8;

/** A filter that takes one line: "Queue: all", "Queue: Sales", "Queue: 3". Nothing picked is everything. */
export function PickMany({
  label,
  choices,
  value,
  onChange,
  single = false,
}: {
  label: string;
  choices: readonly Choice[];
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** At most one. */
  single?: boolean;
}) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      setSearch('');
    },
    onDropdownOpen: () => {
      if (choices.length >= SEARCH_FROM) combobox.focusSearchInput();
    },
  });
  const wanted = search.trim().toLocaleLowerCase();
  const shown = wanted ? choices.filter((it) => it.label.toLocaleLowerCase().includes(wanted)) : choices;
  const picked = new Set(value);
  const text =
    value.length === 0
      ? t('lists.pick.of', { label, value: t('lists.pick.all') })
      : value.length === 1
        ? t('lists.pick.of', { label, value: choices.find((it) => it.value === value[0])?.label ?? '…' })
        : t('lists.pick.many', { label, count: value.length });
  const pick = (one: string) => {
    if (one === '') {
      onChange([]);
      combobox.closeDropdown();
    } else if (single) {
      onChange(picked.has(one) ? [] : [one]);
      combobox.closeDropdown();
    } else onChange(picked.has(one) ? value.filter((it) => it !== one) : [...value, one]);
  };
  return (
    <Combobox store={combobox} onOptionSubmit={pick} width={260} position="bottom-start" shadow="md">
      <Combobox.Target targetType="button">
        <Button
          variant="default"
          px={12}
          className={css.button ?? ''}
          data-on={value.length > 0 || undefined}
          rightSection={<ChevronDown size={14} aria-hidden />}
          onClick={() => combobox.toggleDropdown()}
        >
          {text}
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown>
        {choices.length >= SEARCH_FROM ? (
          <Combobox.Search
            value={search}
            onChange={(e) => {
              setSearch(e.currentTarget.value);
              combobox.updateSelectedOptionIndex();
            }}
            placeholder={t('lists.pick.find')}
            aria-label={`${label}: ${t('lists.pick.find')}`}
          />
        ) : null}
        <Combobox.Options mah={300} style={{ overflowY: 'auto' }} aria-label={label}>
          {value.length && !wanted ? (
            <Combobox.Option value="" className={css.option ?? ''}>
              <span className={css.mark} />
              <span className="muted">{t('lists.pick.clear')}</span>
            </Combobox.Option>
          ) : null}
          {shown.map((it) => (
            <Combobox.Option
              key={it.value}
              value={it.value}
              active={picked.has(it.value)}
              aria-selected={picked.has(it.value)}
              className={css.option ?? ''}
            >
              <span className={css.mark}>
                {picked.has(it.value) ? <Check size={14} aria-hidden /> : null}
              </span>
              <span>{it.label}</span>
            </Combobox.Option>
          ))}
          {shown.length ? null : <Combobox.Empty>{t('lists.pick.nothing')}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

/** Ids kept in an address as "1,2,3". */
export const idsOf = (text: string | undefined): string[] =>
  (text ?? '').split(',').filter((it) => /^\d{1,19}$/.test(it));
