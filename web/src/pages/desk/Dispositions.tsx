import { TextInput } from '@mantine/core';
import { Check, Search } from 'lucide-react';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { named } from '~/api/session';
import type { Disposition, DispositionKind } from '~/api/types';
import css from './Desk.module.css';
import { recentDispositions } from './outcome';

const KINDS: DispositionKind[] = ['main_sale', 'add_on_sale', 'lead', 'service', 'wrong_number', 'spam'];
const SEARCH_FROM = 10;

/** One choice, grouped by kind; arrows move, letters typed into the field filter, a second press takes it back. */
export function Dispositions({
  all,
  value,
  onChange,
  disabled,
}: {
  all: readonly Disposition[];
  value: number | null;
  onChange: (id: number | null) => void;
  disabled: boolean;
}) {
  const { t } = useTranslation();
  const [find, setFind] = useState('');
  const box = useRef<HTMLDivElement>(null);
  // The last three stand first as they were when the form opened: nothing moves under the pointer.
  const [recent] = useState(recentDispositions);
  const groups = useMemo(() => {
    const text = find.trim().toLocaleLowerCase();
    const fitting = all.filter((it) => !text || named(it).toLocaleLowerCase().includes(text));
    const byKind = KINDS.map((kind) => ({
      key: kind as string,
      title: t(`common.disposition_kind.${kind}`),
      items: fitting.filter((it) => it.kind === kind),
    }));
    const last = recent.map((id) => fitting.find((it) => it.id === id)).filter((it) => it !== undefined);
    const groups =
      last.length && !text && all.length >= SEARCH_FROM
        ? [
            { key: 'recent', title: t('desk.outcome.recent'), items: last },
            ...byKind.map((group) => ({ ...group, items: group.items.filter((it) => !last.includes(it)) })),
          ]
        : byKind;
    return groups.filter((group) => group.items.length);
  }, [all, find, recent, t]);
  const flat = groups.flatMap((group) => group.items);
  const focusable = flat.some((it) => it.id === value) ? value : (flat[0]?.id ?? null);

  const onKeyDown = (e: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    if (!step || !flat.length) return;
    e.preventDefault();
    const buttons = [...(box.current?.querySelectorAll<HTMLButtonElement>('[role="radio"]') ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  };

  return (
    <div className={css.dispositions}>
      {all.length >= SEARCH_FROM ? (
        <TextInput
          size="xs"
          w={220}
          leftSection={<Search size={14} aria-hidden />}
          placeholder={t('desk.outcome.find')}
          aria-label={t('desk.outcome.find')}
          value={find}
          disabled={disabled}
          onChange={(e) => setFind(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key === 'Enter' && !e.ctrlKey && flat[0]) {
              e.preventDefault();
              onChange(flat[0].id);
              setFind('');
            }
          }}
        />
      ) : null}
      <div ref={box} role="radiogroup" aria-label={t('desk.outcome.disposition')} onKeyDown={onKeyDown}>
        {groups.map((group) => (
          <div key={group.key} className={css.kind}>
            <span>{group.title}</span>
            <div>
              {group.items.map((it) => (
                <button
                  key={it.id}
                  type="button"
                  role="radio"
                  aria-checked={it.id === value}
                  tabIndex={it.id === focusable ? 0 : -1}
                  disabled={disabled}
                  className={css.choice}
                  onClick={() => onChange(it.id === value ? null : it.id)}
                >
                  {it.id === value ? <Check size={14} aria-hidden /> : null}
                  {named(it)}
                </button>
              ))}
            </div>
          </div>
        ))}
        {flat.length ? null : <p className={css.hint}>{t('desk.outcome.nothing')}</p>}
      </div>
    </div>
  );
}
