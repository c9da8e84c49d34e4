import { ActionIcon, Autocomplete, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';
import { createContext, type ReactNode, use, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { textOf } from '~/i18n';
import { type Choice, idText } from '../things';
import css from './Editor.module.css';
import {
  emptyValue,
  type FieldSchema,
  type Forms,
  type Kind,
  mayBeNothing,
  type Path,
  type Plain,
  resolved,
  secondsOf,
  tableOf,
  textOfValue,
} from './model';
import { PromptList } from './PromptList';
import { choiceName, factName, fieldHint, fieldName, nowhere } from './words';

/** What the fields of one node are filled with, and where what is typed goes. */
export interface FieldsScene {
  kind: Kind;
  forms: Forms;
  node: Plain;
  /** Nodes that one can go on to. */
  targets: readonly Choice[];
  facts: readonly string[];
  things: Record<'queue' | 'skill' | 'flow' | 'agent', readonly Choice[]>;
  /** Sentences by the place inside the node. */
  problems: ReadonlyMap<string, string>;
  /** tag: typing that is undone as one step. */
  onChange: (path: Path, value: unknown, tag?: string) => void;
  onTarget: (path: Path, target: string) => void;
  /** A new node at this way out. */
  onNew: (exit: string) => void;
}
const Scene = createContext<FieldsScene | null>(null);
export const FieldsProvider = Scene.Provider;
const useFields = (): FieldsScene => {
  const scene = use(Scene);
  if (!scene) throw new Error('a field stands in a form');
  return scene;
};

interface FieldProps {
  path: Path;
  pattern: string;
  schema: FieldSchema;
  value: unknown;
}

/** One field, by what it holds and else by its type. Whatever nobody thought of is edited as JSON. */
export function Field({ path, pattern, schema, value }: FieldProps) {
  const scene = useFields();
  const { kind, forms, problems, onChange } = scene;
  const of = resolved(schema, forms);
  const type = Array.isArray(of.type) ? of.type[0] : of.type;
  const place = path.join('.');
  const label = fieldName(kind.word, pattern);
  const description = fieldHint(kind.word, pattern);
  const error = problems.get(place) ?? null;
  const common = { label, description, error, 'data-path': place };
  const role = kind.roles.get(pattern);
  const inner = kind.roles.get(`${pattern}.*`);
  const set = (next: unknown) => onChange(path, next, place);
  const shown = value ?? of.default;
  if (role === 'exit')
    return (
      <TargetField path={path} pattern={pattern} label={label} value={textOfValue(value)} error={error} />
    );
  if (inner === 'prompt') {
    return (
      <PromptList {...common} value={(shown as string[]) ?? []} onChange={(next) => onChange(path, next)} />
    );
  }
  if (role === 'fact') {
    return (
      <Autocomplete
        {...common}
        data={[...scene.facts]}
        renderOption={({ option }) => <FactOption name={option.value} />}
        value={textOfValue(shown)}
        onChange={set}
      />
    );
  }
  if (role === 'queue' || role === 'skill' || role === 'flow' || role === 'agent') {
    const none = role === 'queue' ? textOf('admin.flows.queue_of_number') : null;
    return (
      <Select
        {...common}
        searchable
        data={none ? [{ value: '0', label: none }, ...scene.things[role]] : [...scene.things[role]]}
        value={idText(Number(shown)) ?? (none ? '0' : null)}
        onChange={(next) => onChange(path, Number(next ?? 0))}
        allowDeselect={false}
      />
    );
  }
  if (of.enum) {
    const field = String(pattern.split('.').at(-1));
    return (
      <Select
        {...common}
        searchable={of.enum.length > 8}
        data={of.enum.map((word) => ({ value: String(word), label: choiceName(field, String(word)) }))}
        value={textOfValue(shown) || null}
        onChange={(next) => next !== null && onChange(path, next)}
        allowDeselect={false}
      />
    );
  }
  if (of.format === 'duration') {
    return (
      <NumberField
        {...common}
        label={textOf('flows.seconds', { field: label }) ?? label}
        value={secondsOf(shown)}
        isWhole={false}
        onChange={(next) => onChange(path, next ?? (mayBeNothing(schema) ? null : undefined), place)}
      />
    );
  }
  if (type === 'boolean') {
    return (
      <Switch
        label={label}
        description={description}
        error={error}
        data-path={place}
        checked={Boolean(shown)}
        onChange={(event) => onChange(path, event.currentTarget.checked)}
      />
    );
  }
  if (type === 'integer' || type === 'number') {
    return (
      <NumberField
        {...common}
        value={typeof shown === 'number' ? shown : null}
        isWhole={type === 'integer'}
        onChange={(next) => onChange(path, next ?? (mayBeNothing(schema) ? null : (of.default ?? 0)), place)}
      />
    );
  }
  if (type === 'array') {
    const items = resolved(of.items, forms);
    if (items.properties)
      return <ListField {...{ path, pattern, label, description, error }} schema={of} value={shown} />;
    if (items.type === 'string') {
      return (
        <WordsField
          {...common}
          value={Array.isArray(shown) ? shown.map(String) : []}
          onChange={(next) => onChange(path, next, place)}
        />
      );
    }
  }
  if (type === 'object' && of.properties) {
    return (
      <fieldset className={css.part}>
        <legend>{label}</legend>
        <FieldsOf fields={of.properties} path={path} pattern={pattern} value={tableOf(shown)} />
      </fieldset>
    );
  }
  if (type === 'object' && typeof of.additionalProperties === 'object') {
    const one = resolved(of.additionalProperties, forms);
    if (inner === 'exit') return <KeysField {...{ path, pattern, label, error }} value={tableOf(shown)} />;
    if (one.type === 'string')
      return <TableField {...{ path, label, description, error }} value={tableOf(shown)} />;
  }
  if (type === 'string' && AGENT_FIELDS.has(pattern)) {
    return <AgentField {...common} value={textOfValue(shown)} onChange={set} />;
  }
  if (type === 'string') {
    return (
      <TextInput
        {...common}
        autoComplete="off"
        value={textOfValue(shown)}
        onChange={(event) => set(event.currentTarget.value)}
      />
    );
  }
  return <JsonField {...common} value={shown} onChange={(next) => onChange(path, next)} />;
}

/** All fields of a form, those that lead on last. */
export function FieldsOf({
  fields,
  path,
  pattern,
  value,
}: {
  fields: Record<string, FieldSchema>;
  path: Path;
  pattern: string;
  value: Plain;
}) {
  const { kind } = useFields();
  const patternOf = (name: string) => (pattern ? `${pattern}.${name}` : name);
  const leadsOn = (name: string) => kind.roles.get(patternOf(name)) === 'exit';
  const names = Object.keys(fields);
  return (
    <>
      {[...names.filter((it) => !leadsOn(it)), ...names.filter(leadsOn)].map((name) => (
        <Field
          key={name}
          path={[...path, name]}
          pattern={patternOf(name)}
          schema={fields[name] ?? {}}
          value={value[name]}
        />
      ))}
    </>
  );
}

const AGENT_FIELDS: ReadonlySet<string> = new Set(['agent', 'preferred_agent']);

/** Who is meant: an agent by name, or whoever a fact names; another text stays what it is. */
function AgentField({
  value,
  onChange,
  ...rest
}: {
  label: string;
  description: string | null;
  error: string | null;
  value: string;
  onChange: (next: unknown) => void;
}) {
  const { t } = useTranslation();
  const { things } = useFields();
  const facts = [
    { value: '{personal}', label: t('flows.pick_agent.personal') },
    { value: '{last_agent}', label: t('flows.pick_agent.last_agent') },
  ];
  const known = [...facts, ...things.agent];
  const data = value && !known.some((it) => it.value === value) ? [{ value, label: value }, ...known] : known;
  return (
    <Select
      {...rest}
      searchable
      clearable
      data={data}
      value={value || null}
      onChange={(next) => onChange(next ?? '')}
    />
  );
}

const END = '\u0000end';
const NEW = '\u0000new';

function TargetField({
  path,
  pattern,
  label,
  value,
  error,
  hideLabel = false,
}: {
  path: Path;
  pattern: string;
  label: string;
  value: string;
  error: string | null;
  hideLabel?: boolean;
}) {
  const { t } = useTranslation();
  const { kind, targets, onTarget, onNew } = useFields();
  const isLost = value !== '' && !targets.some((it) => it.value === value);
  return (
    <Select
      {...(hideLabel ? { 'aria-label': label } : { label })}
      data-path={path.join('.')}
      error={error}
      searchable
      data={[
        { value: NEW, label: t('flows.new_node') },
        { value: END, label: nowhere(kind.word, pattern) },
        ...(isLost ? [{ value, label: value }] : []),
        ...targets,
      ]}
      value={value || END}
      allowDeselect={false}
      onChange={(next) => {
        if (next === NEW) onNew(path.join('.'));
        else if (next !== null) onTarget(path, next === END ? '' : next);
      }}
    />
  );
}

function FactOption({ name }: { name: string }) {
  const words = factName(name);
  return (
    <span className={css.fact}>
      <span>{words}</span>
      {words === name ? null : <code>{name}</code>}
    </span>
  );
}

/** What is typed while it says something; the field shows it as it was typed until it is left. */
function TypedField<T>({
  value,
  show,
  parse,
  onChange,
  ...rest
}: {
  label: string;
  description: string | null;
  error: string | null;
  value: T;
  show: (value: T) => string;
  /** Undefined: no such value. */
  parse: (text: string) => T | undefined;
  onChange: (value: T) => void;
  inputMode?: 'numeric' | 'decimal';
}) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <TextInput
      {...rest}
      autoComplete="off"
      error={typed !== null && parse(typed) === undefined ? t('flows.unreadable') : rest.error}
      value={typed ?? show(value)}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        const next = parse(text);
        if (next !== undefined) onChange(next);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

interface FieldWords {
  label: string;
  description: string | null;
  error: string | null;
}

function NumberField({
  isWhole,
  ...rest
}: FieldWords & { value: number | null; isWhole: boolean; onChange: (value: number | null) => void }) {
  return (
    <TypedField<number | null>
      {...rest}
      inputMode={isWhole ? 'numeric' : 'decimal'}
      show={(value) => (value === null ? '' : String(value))}
      parse={(text) => {
        const plain = text.trim().replace(',', '.');
        if (!plain) return null;
        const value = Number(plain);
        return Number.isFinite(value) && !(isWhole && !Number.isInteger(value)) ? value : undefined;
      }}
    />
  );
}

/** Words with commas between them. */
function WordsField(
  props: FieldWords & { value: readonly string[]; onChange: (value: readonly string[]) => void },
) {
  return (
    <TypedField<readonly string[]>
      {...props}
      show={(value) => value.join(', ')}
      parse={(text) =>
        text
          .split(',')
          .map((it) => it.trim())
          .filter(Boolean)
      }
    />
  );
}

const DIGITS = [...'1234567890*#'];

/** Keys of the telephone and where each leads. */
function KeysField({
  path,
  pattern,
  label,
  error,
  value,
}: {
  path: Path;
  pattern: string;
  label: string;
  error: string | null;
  value: Plain;
}) {
  const { t } = useTranslation();
  const { problems, onChange } = useFields();
  const isTelephone = pattern === 'choices';
  const keys = Object.keys(value).sort((a, b) => placeOf(a) - placeOf(b));
  const free = DIGITS.filter((it) => !(it in value));
  const renamed = (from: string, to: string) =>
    Object.fromEntries(Object.entries(value).map(([key, target]) => [key === from ? to : key, target]));
  return (
    <fieldset className={css.part} data-path={path.join('.')}>
      <legend>{label}</legend>
      {error ? <p className={css.bad}>{error}</p> : null}
      {keys.map((key) => (
        <div key={key} className={css.line}>
          {isTelephone ? (
            <Select
              className={css.key ?? ''}
              aria-label={t('flows.key')}
              data={[key, ...free].sort((a, b) => placeOf(a) - placeOf(b))}
              value={key}
              allowDeselect={false}
              onChange={(to) => to && onChange(path, renamed(key, to))}
            />
          ) : (
            <KeyInput name={key} onChange={(to) => !(to in value) && onChange(path, renamed(key, to))} />
          )}
          <div className={css.grow}>
            <TargetField
              path={[...path, key]}
              pattern={`${pattern}.*`}
              label={t('flows.leads_to', { key })}
              hideLabel
              value={textOfValue(value[key])}
              error={problems.get([...path, key].join('.')) ?? null}
            />
          </div>
          <RemoveButton
            label={t('flows.remove_key', { key })}
            onClick={() => onChange([...path, key], undefined)}
          />
        </div>
      ))}
      {!isTelephone || free.length ? (
        <AddButton
          label={t(isTelephone ? 'flows.add_key' : 'flows.add')}
          onClick={() => onChange([...path, isTelephone ? (free[0] ?? '') : freeName(value)], '')}
        />
      ) : null}
    </fieldset>
  );
}
const placeOf = (key: string) => DIGITS.indexOf(key) + 1 || DIGITS.length + 1;
const freeName = (value: Plain): string => {
  for (let number = 1; ; number++) if (!(`name${number}` in value)) return `name${number}`;
};

/** Names and values, both typed. */
function TableField({
  path,
  label,
  description,
  error,
  value,
}: {
  path: Path;
  label: string;
  description: string | null;
  error: string | null;
  value: Plain;
}) {
  const { t } = useTranslation();
  const { onChange } = useFields();
  return (
    <fieldset className={css.part} data-path={path.join('.')}>
      <legend>{label}</legend>
      {description ? <p className={css.hint}>{description}</p> : null}
      {error ? <p className={css.bad}>{error}</p> : null}
      {Object.entries(value).map(([name, one], at) => (
        <div key={at} className={css.line}>
          <KeyInput
            name={name}
            onChange={(to) =>
              !(to in value) &&
              onChange(
                path,
                Object.fromEntries(Object.entries(value).map(([it, held]) => [it === name ? to : it, held])),
              )
            }
          />
          <span aria-hidden>=</span>
          <TextInput
            className={css.grow ?? ''}
            aria-label={t('flows.value_of', { name })}
            value={textOfValue(one)}
            onChange={(event) =>
              onChange([...path, name], event.currentTarget.value, `${path.join('.')}.${name}`)
            }
          />
          <RemoveButton
            label={t('flows.remove_key', { key: name })}
            onClick={() => onChange([...path, name], undefined)}
          />
        </div>
      ))}
      <AddButton label={t('flows.add')} onClick={() => onChange([...path, freeName(value)], '')} />
    </fieldset>
  );
}

/** A name that is taken over when the field is left: half of it may be another one's name. */
function KeyInput({ name, onChange }: { name: string; onChange: (name: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(name);
  const [of, setOf] = useState(name);
  if (of !== name) {
    setOf(name);
    setTyped(name);
  }
  const leave = () => {
    const wanted = typed.trim();
    if (wanted && wanted !== name) onChange(wanted);
    setTyped(name);
  };
  return (
    <TextInput
      className={css.grow ?? ''}
      aria-label={t('flows.name')}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={leave}
      onKeyDown={(event) => event.key === 'Enter' && leave()}
    />
  );
}

/** Forms of the same kind, one under the other, in an order that matters. */
function ListField({
  path,
  pattern,
  label,
  description,
  error,
  schema,
  value,
}: {
  path: Path;
  pattern: string;
  label: string;
  description: string | null;
  error: string | null;
  schema: FieldSchema;
  value: unknown;
}) {
  const { t } = useTranslation();
  const { forms, onChange } = useFields();
  const all = Array.isArray(value) ? value : [];
  const items = resolved(schema.items, forms);
  const moved = (from: number, to: number) => {
    const next = [...all];
    next.splice(to, 0, ...next.splice(from, 1));
    onChange(path, next);
  };
  return (
    <fieldset className={css.part} data-path={path.join('.')}>
      <legend>{label}</legend>
      {description ? <p className={css.hint}>{description}</p> : null}
      {error ? <p className={css.bad}>{error}</p> : null}
      {all.map((one, at) => (
        <div key={at} className={css.item}>
          <div className={css.itemHead}>
            <b className="num">{at + 1}</b>
            <span className={css.grow} />
            <SmallButton label={t('flows.earlier')} disabled={at === 0} onClick={() => moved(at, at - 1)}>
              <ArrowUp size={14} aria-hidden />
            </SmallButton>
            <SmallButton
              label={t('flows.later')}
              disabled={at === all.length - 1}
              onClick={() => moved(at, at + 1)}
            >
              <ArrowDown size={14} aria-hidden />
            </SmallButton>
            <RemoveButton
              label={t('flows.remove_item', { place: at + 1 })}
              onClick={() => onChange([...path, at], undefined)}
            />
          </div>
          <FieldsOf
            fields={items.properties ?? {}}
            path={[...path, at]}
            pattern={`${pattern}.*`}
            value={tableOf(one)}
          />
        </div>
      ))}
      <AddButton
        label={t('flows.add')}
        onClick={() => onChange(path, [...all, emptyValue(schema.items, forms)])}
      />
    </fieldset>
  );
}

/** What has no form of its own. It is taken over as soon as it can be read. */
function JsonField({
  label,
  description,
  error,
  value,
  onChange,
  ...rest
}: {
  label: string;
  description: string | null;
  error: string | null;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <Textarea
      {...rest}
      id={id}
      label={label}
      description={description}
      error={typed !== null ? t('flows.unreadable') : error}
      autosize
      minRows={2}
      value={typed ?? JSON.stringify(value ?? null, null, 1)}
      onChange={(event) => {
        const text = event.currentTarget.value;
        try {
          onChange(JSON.parse(text));
          setTyped(null);
        } catch {
          setTyped(text);
        }
      }}
    />
  );
}

export function SmallButton({
  label,
  onClick,
  disabled = false,
  children,
}: {
  label: string;
  onClick: () => void;
  disabled?: boolean;
  children: ReactNode;
}) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={28}
      className={css.small ?? ''}
      disabled={disabled}
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      {children}
    </ActionIcon>
  );
}
const RemoveButton = ({ label, onClick }: { label: string; onClick: () => void }) => (
  <SmallButton label={label} onClick={onClick}>
    <Trash2 size={14} aria-hidden />
  </SmallButton>
);
export function AddButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" className={css.add} onClick={onClick}>
      <Plus size={14} aria-hidden />
      {label}
    </button>
  );
}
