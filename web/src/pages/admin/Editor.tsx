import { Button, Drawer } from '@mantine/core';
import { type UseFormReturnType, useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { History, Trash2 } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, fieldErrors, post, problemText, put } from '~/api/client';
import { useCan } from '~/api/session';
import { useConfirm } from '~/ui/Confirm';
import { ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';
import type { AreaKey } from './areas';
import { refresh } from './things';
import { useGuard } from './useGuard';

export interface Editing<Values> {
  form: UseFormReturnType<Values>;
  isNew: boolean;
}

interface Props<Row extends { id: number }, Values extends Record<string, unknown>> {
  area: AreaKey;
  /** Null: a new one. */
  row: Row | null;
  title: string;
  /** Of a new one, or of the one that is edited. */
  values: Values;
  /** What is sent; the values themselves when left out. */
  bodyOf?: (values: Values) => unknown;
  /** Where the server's places stand in this form, when they are called otherwise. */
  placeOf?: (place: string) => string;
  /** Checked before anything is sent: messages by field. */
  validate?: (values: Values) => Record<string, string | null>;
  onClose: () => void;
  /** A new one is closed unless told otherwise. */
  onCreated?: (row: Row) => void;
  /** Text of the question; without it there is no removing. */
  removeText?: string;
  removeWord?: string;
  /** What is told along with the removal. */
  removeQuery?: Record<string, string | number | null>;
  /** Kind of thing in the history of changes. */
  entity?: string;
  wide?: boolean;
  children: (editing: Editing<Values>) => ReactNode;
  /** Below the form: what is done at once and not saved with it. */
  after?: ReactNode;
}

/** One thing in a drawer: its form, what the server says to it at the field that is meant, and its removal. */
export function Editor<Row extends { id: number }, Values extends Record<string, unknown>>(
  props: Props<Row, Values>,
) {
  const { area, row, title, values, bodyOf, placeOf, validate, onClose, onCreated, entity } = props;
  const { t } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const seesHistory = useCan('view.history');
  const form = useForm<Values>({
    initialValues: values,
    ...(validate ? { validate: validate as never } : {}),
  });
  const done = useRef(false);
  const [unplaced, setUnplaced] = useState<string[]>([]);
  const box = useRef<HTMLFormElement>(null);
  useGuard(() => !done.current && form.isDirty());

  const refuse = (error: unknown) => {
    const places = fieldErrors(error);
    const byField = Object.fromEntries(
      Object.entries(places).map(([place, text]) => [placeOf?.(place) ?? place, text]),
    );
    form.setErrors(byField);
    const fields = Object.keys(byField).filter((field) => isField(box.current, field));
    const rest = Object.entries(byField).filter(([field]) => !fields.includes(field));
    setUnplaced(
      fields.length ? rest.map(([, text]) => text) : [problemText(error), ...rest.map(([, text]) => text)],
    );
    requestAnimationFrame(() => focusField(box.current, fields[0]));
  };
  const save = useMutation({
    mutationFn: (body: unknown) =>
      row ? put<Row>(`/api/v1/${area}/${row.id}`, body) : post<Row>(`/api/v1/${area}`, body),
    onSuccess: async (saved) => {
      done.current = true;
      await refresh(queries);
      toast(t('common.saved'));
      if (!row && onCreated) onCreated(saved);
      else onClose();
    },
    onError: refuse,
  });
  const remove = useMutation({
    mutationFn: () => del(`/api/v1/${area}/${row?.id}`, { query: props.removeQuery ?? {} }),
    onSuccess: async () => {
      done.current = true;
      await refresh(queries);
      toast(t('admin.removed'));
      onClose();
    },
    onError: refuse,
  });
  const submit = form.onSubmit(
    (sent) => {
      setUnplaced([]);
      save.mutate(bodyOf ? bodyOf(sent) : sent);
    },
    (errors) => focusField(box.current, Object.keys(errors)[0]),
  );
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={props.wide ? 720 : 560}
      title={title}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      overlayProps={{ backgroundOpacity: 0.25 }}
      classNames={{ body: css.drawerBody!, content: css.drawer! }}
    >
      <form
        ref={box}
        className={css.form}
        noValidate
        onSubmit={submit}
        onKeyDown={(e) => {
          if ((e.ctrlKey || e.metaKey) && (e.code === 'Enter' || e.code === 'KeyS')) {
            e.preventDefault();
            submit();
          }
        }}
      >
        <div className={css.fields}>
          {props.children({ form, isNew: row === null })}
          {props.after}
        </div>
        <footer className={css.formFoot}>
          {unplaced.length ? (
            <div className={css.problems} role="alert">
              {unplaced.map((text) => (
                <p key={text}>{text}</p>
              ))}
            </div>
          ) : null}
          {row && props.removeText ? (
            <Button
              variant="subtle"
              className={css.remove ?? ''}
              leftSection={<Trash2 size={15} aria-hidden />}
              loading={remove.isPending}
              onClick={() =>
                void ask({
                  title: t('admin.remove_title', { name: title }),
                  text: props.removeText,
                  confirm: props.removeWord ?? t('common.delete'),
                  danger: true,
                }).then((yes) => yes && remove.mutate())
              }
            >
              {props.removeWord ?? t('common.delete')}
            </Button>
          ) : null}
          {row && entity && seesHistory ? (
            <Button
              component={Link}
              to="/admin/history"
              search={{ entity, of: row.id } as never}
              variant="subtle"
              leftSection={<History size={15} aria-hidden />}
            >
              {t('admin.history.short')}
            </Button>
          ) : null}
          <span className={css.push} />
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={row !== null && !form.isDirty()}>
            {t('common.save')}
          </Button>
        </footer>
      </form>
    </Drawer>
  );
}

const nodeOf = (box: HTMLElement | null, field: string): HTMLElement | null =>
  box?.querySelector<HTMLElement>(`[data-path="${CSS.escape(field)}"]`) ?? null;
const isField = (box: HTMLElement | null, field: string) => nodeOf(box, field) !== null;
function focusField(box: HTMLElement | null, field: string | undefined): void {
  if (!field) return;
  const node = nodeOf(box, field);
  const input = node?.matches('input, textarea, button, select')
    ? node
    : node?.querySelector<HTMLElement>('input, textarea, button, select');
  input?.focus();
  node?.scrollIntoView({ block: 'center' });
}

/** The drawer of what the address names: waits for the list, and says when it is not there any more. */
export function OpenEditor<Row extends { id: number }>({
  open,
  rows,
  onClose,
  children,
}: {
  open: number | 'new' | null;
  rows: readonly Row[] | undefined;
  onClose: () => void;
  children: (row: Row | null) => ReactNode;
}) {
  const { t } = useTranslation();
  // The form keeps what it was opened with: a list that is asked anew must not change what is being typed.
  const kept = useRef<{ open: number | 'new' | null; row: Row | null }>({ open: null, row: null });
  const found = open === 'new' || open === null ? null : (rows?.find((it) => it.id === open) ?? null);
  if (kept.current.open !== open) kept.current = { open, row: null };
  if (!kept.current.row && found) kept.current.row = found;
  if (open === null) return null;
  if (open !== 'new' && !kept.current.row) {
    return (
      <Drawer
        opened
        onClose={onClose}
        position="right"
        size={560}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {rows ? <ErrorState title={t('refusals.not_found')} text={t('admin.gone')} /> : <Loading rows={8} />}
      </Drawer>
    );
  }
  return <div key={open}>{children(open === 'new' ? null : kept.current.row)}</div>;
}

/** A part of a long form. */
export function Fieldset({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  return (
    <fieldset className={css.fieldset}>
      <legend>{title}</legend>
      {hint ? <p className={css.hint}>{hint}</p> : null}
      {children}
    </fieldset>
  );
}
export const Pair = ({ children }: { children: ReactNode }) => <div className={css.pair}>{children}</div>;
