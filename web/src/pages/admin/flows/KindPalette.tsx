import { Modal, TextInput } from '@mantine/core';
import { Search } from 'lucide-react';
import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import css from './Editor.module.css';
import { iconOf } from './icons';
import type { Forms } from './model';
import { kindAbout, kindName } from './words';

/** Which kind of node is to be put in: found by a few letters, chosen by Enter or a click. */
export function KindPalette({
  forms,
  title,
  onChoose,
  onClose,
}: {
  forms: Forms;
  title: string;
  onChoose: (kind: string) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [sought, setSought] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const words = sought.trim().toLowerCase();
  const found = [...forms.kinds.values()]
    .map((kind) => ({ word: kind.word, name: kindName(kind.word), about: kindAbout(kind.word, kind.about) }))
    .filter((it) => !words || `${it.name} ${it.word} ${it.about}`.toLowerCase().includes(words))
    .sort((a, b) => rank(b.name, words) - rank(a.name, words));
  const here = Math.min(at, found.length - 1);
  const keyDown = (event: KeyboardEvent) => {
    const next = { ArrowDown: here + 1, ArrowUp: here - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      const place = Math.min(Math.max(next, 0), found.length - 1);
      setAt(place);
      list.current?.children[place]?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' && found[here]) {
      event.preventDefault();
      onChoose(found[here].word);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={460}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <TextInput
        data-autofocus
        role="combobox"
        aria-expanded
        aria-controls={id}
        aria-activedescendant={found[here] ? `${id}-${found[here].word}` : undefined}
        aria-label={t('flows.find_kind')}
        placeholder={t('flows.find_kind')}
        leftSection={<Search size={15} aria-hidden />}
        value={sought}
        onChange={(event) => {
          setSought(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={keyDown}
      />
      <div ref={list} id={id} role="listbox" aria-label={t('flows.kinds')} className={css.kinds}>
        {found.map((it, place) => {
          const Icon = iconOf(it.word);
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field above
            <div
              key={it.word}
              id={`${id}-${it.word}`}
              role="option"
              aria-selected={place === here}
              className={css.kind}
              onMouseMove={() => setAt(place)}
              onClick={() => onChoose(it.word)}
            >
              <Icon size={17} aria-hidden />
              <span>
                <b>{it.name}</b>
                <span>{it.about}</span>
              </span>
            </div>
          );
        })}
      </div>
      {found.length ? null : <p className={css.hint}>{t('flows.nothing_found')}</p>}
    </Modal>
  );
}

/** Names that begin with what is sought stand first. */
const rank = (name: string, words: string): number => (words && name.toLowerCase().startsWith(words) ? 1 : 0);
