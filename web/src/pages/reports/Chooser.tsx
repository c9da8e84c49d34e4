import { Button, Combobox, useCombobox } from '@mantine/core';
import { ChevronDown, Star } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '~/api/session';
import { readStored, writeStored } from '~/lib/storage';
import css from './Chooser.module.css';
import { GROUPS, type Kind, type Report } from './catalogue';

/** Every report by group, with a sentence on each; what the person starred stands first. One types to find. */
export function Chooser({
  reports,
  value,
  onChange,
}: {
  reports: readonly Report[];
  value: Kind;
  onChange: (kind: Kind) => void;
}) {
  const { t } = useTranslation();
  const [starred, star] = useStarred();
  const [search, setSearch] = useState('');
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setSearch('');
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  });
  const wanted = search.trim().toLocaleLowerCase();
  const shown = reports.filter((it) =>
    `${t(`reports.kind.${it.kind}`)} ${t(`reports.about.${it.kind}`)}`.toLocaleLowerCase().includes(wanted),
  );
  const isStarred = starred.includes(value);
  const option = (it: Report, where: string) => (
    <Combobox.Option
      key={it.kind}
      value={`${where}/${it.kind}`}
      className={css.option ?? ''}
      data-on={it.kind === value || undefined}
      aria-current={it.kind === value || undefined}
    >
      <b>{t(`reports.kind.${it.kind}`)}</b>
      <span>{t(`reports.about.${it.kind}`)}</span>
    </Combobox.Option>
  );
  const favourites = wanted ? [] : shown.filter((it) => starred.includes(it.kind));
  return (
    <div className={css.chooser}>
      <Combobox
        store={combobox}
        width={440}
        position="bottom-start"
        shadow="md"
        onOptionSubmit={(place) => {
          onChange(place.slice(place.indexOf('/') + 1) as Kind);
          combobox.closeDropdown();
        }}
      >
        <Combobox.Target targetType="button">
          <Button
            variant="default"
            className={css.button ?? ''}
            aria-label={`${t('reports.kind.label')}: ${t(`reports.kind.${value}`)}`}
            rightSection={<ChevronDown size={15} aria-hidden />}
            onClick={() => combobox.toggleDropdown()}
          >
            {t(`reports.kind.${value}`)}
          </Button>
        </Combobox.Target>
        <Combobox.Dropdown>
          <Combobox.Search
            value={search}
            onChange={(e) => {
              setSearch(e.currentTarget.value);
              combobox.selectFirstOption();
            }}
            placeholder={t('reports.catalogue.find')}
            aria-label={t('reports.catalogue.find')}
          />
          <Combobox.Options className={css.options ?? ''} aria-label={t('reports.kind.label')}>
            {favourites.length ? (
              <Combobox.Group label={t('reports.catalogue.starred')}>
                {favourites.map((it) => option(it, 'starred'))}
              </Combobox.Group>
            ) : null}
            {GROUPS.map((group) => {
              const those = shown.filter((it) => it.group === group && !favourites.includes(it));
              return those.length ? (
                <Combobox.Group key={group} label={t(`reports.catalogue.group.${group}`)}>
                  {those.map((it) => option(it, group))}
                </Combobox.Group>
              ) : null;
            })}
            {shown.length ? null : <Combobox.Empty>{t('lists.pick.nothing')}</Combobox.Empty>}
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
      <Button
        variant="default"
        px={8}
        className={css.star ?? ''}
        aria-pressed={isStarred}
        aria-label={t('reports.catalogue.star')}
        title={t(isStarred ? 'reports.catalogue.unstar' : 'reports.catalogue.star')}
        onClick={() => star(value)}
      >
        <Star size={16} aria-hidden />
      </Button>
    </div>
  );
}

/** Kept in this browser, for this person. */
function useStarred(): [readonly string[], (kind: Kind) => void] {
  const key = `reports.starred.${useMe().person_id}`;
  const [starred, set] = useState<readonly string[]>(() => {
    const stored = readStored<unknown>(key, []);
    return Array.isArray(stored) ? stored.filter((it) => typeof it === 'string') : [];
  });
  const star = (kind: Kind) => {
    const next = starred.includes(kind) ? starred.filter((it) => it !== kind) : [...starred, kind];
    set(next);
    writeStored(key, next);
  };
  return [starred, star];
}
