import { TextInput } from '@mantine/core';
import { Copy, Flag, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import css from './Editor.module.css';
import { FieldsOf, FieldsProvider, type FieldsScene, SmallButton } from './Fields';
import { iconOf } from './icons';
import { kindAbout, kindName } from './words';

/** Everything of one node: its name, what it does, its fields by the form of its kind, where it leads. */
export function NodeForm({
  nodeKey,
  isStart,
  messages,
  scene,
  isFree,
  onRename,
  onDuplicate,
  onRemove,
  onStart,
}: {
  nodeKey: string;
  isStart: boolean;
  /** Of the node as a whole. */
  messages: readonly string[];
  scene: FieldsScene;
  isFree: (name: string) => boolean;
  onRename: (name: string) => void;
  onDuplicate: () => void;
  onRemove: () => void;
  onStart: () => void;
}) {
  const { t } = useTranslation();
  const { kind, node } = scene;
  const Icon = iconOf(kind.word);
  return (
    <section className={css.form} aria-label={t('flows.form_of', { node: nodeKey })}>
      <header className={css.formHead}>
        <Icon size={17} aria-hidden />
        <h3>{kindName(kind.word)}</h3>
        <span className={css.grow} />
        <SmallButton label={t('flows.make_start')} disabled={isStart} onClick={onStart}>
          <Flag size={15} aria-hidden />
        </SmallButton>
        <SmallButton label={t('flows.duplicate')} onClick={onDuplicate}>
          <Copy size={15} aria-hidden />
        </SmallButton>
        <SmallButton label={t('flows.remove')} onClick={onRemove}>
          <Trash2 size={15} aria-hidden />
        </SmallButton>
      </header>
      <p className={css.hint}>{kindAbout(kind.word, kind.about)}</p>
      {messages.map((text) => (
        <p key={text} className={css.bad}>
          {text}
        </p>
      ))}
      <NameField key={nodeKey} name={nodeKey} isFree={isFree} onRename={onRename} />
      <FieldsProvider value={scene}>
        <FieldsOf fields={kind.fields} path={[]} pattern="" value={node} />
      </FieldsProvider>
    </section>
  );
}

/** The name is taken over when the field is left, for wherever it is named it changes too. */
function NameField({
  name,
  isFree,
  onRename,
}: {
  name: string;
  isFree: (name: string) => boolean;
  onRename: (name: string) => void;
}) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(name);
  const wanted = typed.trim();
  const isFit = wanted === name || isFree(wanted);
  const leave = () => {
    if (isFit && wanted !== name) onRename(wanted);
    else setTyped(name);
  };
  return (
    <TextInput
      label={t('flows.node_name')}
      value={typed}
      error={isFit ? null : t('flows.name_unfit')}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={leave}
      onKeyDown={(event) => {
        if (event.key === 'Enter') leave();
        if (event.key === 'Escape') setTyped(name);
      }}
    />
  );
}
