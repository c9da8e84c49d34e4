import { Button, Textarea, Tooltip } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Check, ClipboardPen, CloudOff, Hourglass, LoaderCircle, TriangleAlert, Users } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { problemText } from '~/api/client';
import { useDeskWords, useMe } from '~/api/session';
import { actionOf, keyLabel, keyMap } from '~/lib/keys';
import type { DeskInteraction } from '~/live/types';
import { useDeskActions } from '~/phone/useDeskActions';
import { Countdown } from '~/ui/Elapsed';
import { EmptyState } from '~/ui/Notice';
import css from './Desk.module.css';
import { Dispositions } from './Dispositions';
import { Later } from './Later';
import { type Saving, useOutcome } from './outcome';
import { isInternal, type Subject } from './subject';

const LONGEST_NOTE = 4000;
const EXTEND_SECONDS = 60;

/** What came of it: always on screen, kept with every keystroke, finished by one key. */
export function OutcomeForm({ subject }: { subject: Subject | null }) {
  const { t } = useTranslation();
  const me = useMe();
  const words = useDeskWords();
  const actions = useDeskActions();
  const keys = useMemo(() => keyMap(me.preferences.keys), [me.preferences.keys]);
  const wrapUp = actions.desk?.wrap_up ?? null;
  const isCurrent = subject?.isCurrent ?? false;
  const isKnown = subject?.isKnown ?? false;
  const allowed = isKnown && (isCurrent ? actions.can('outcome') : me.rights.includes('edit.outcomes'));
  const editor = useOutcome(isKnown ? (subject?.id ?? null) : null, {
    disposition_id: subject?.disposition_id ?? null,
    note: subject?.note ?? '',
  });
  const fitting = useMemo(
    () =>
      words.settings.dispositions.filter(
        (it) => !it.queue_ids.length || (subject?.queue_id ? it.queue_ids.includes(subject.queue_id) : true),
      ),
    [words.settings.dispositions, subject?.queue_id],
  );
  const finishing = isCurrent && wrapUp && wrapUp.interaction_id === subject?.id;
  const queries = useQueryClient();
  const isSaved = editor.saving === 'saved';
  useEffect(() => {
    if (!isSaved) return;
    void queries.invalidateQueries({ queryKey: ['desk', 'calls'] });
    void queries.invalidateQueries({ queryKey: ['interaction'] });
  }, [isSaved, queries]);
  const { flush } = editor;
  const { finishWrapUp, can } = actions;

  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (actionOf(keys, event) !== 'save_outcome') return;
      event.preventDefault();
      void flush().then((saved) => {
        if (saved && finishing && can('finish_wrap_up')) void finishWrapUp();
      });
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [keys, flush, finishing, finishWrapUp, can]);

  if (!subject) {
    // Between calls a grey form would only be noise; its place says when it comes.
    return (
      <section className={css.outcome} aria-label={t('desk.outcome.title')} data-testid="outcome">
        <EmptyState icon={ClipboardPen} title={t('desk.outcome.title')} text={t('desk.outcome.none')} />
      </section>
    );
  }
  if (isInternal(subject)) return <AmongColleagues interaction={subject.interaction} />;
  const disabled = !allowed;
  return (
    <section className={css.outcome} aria-label={t('desk.outcome.title')} data-testid="outcome">
      <div className={css.outcomeHead}>
        <h2>{t('desk.outcome.title')}</h2>
        <SavingMark saving={editor.saving} problem={editor.problem} />
        {subject.interaction?.phase === 'offered' ? null : (
          <Later
            whom={isKnown && subject.number ? { interactionId: subject.id, queueId: subject.queue_id } : null}
          />
        )}
      </div>
      <Dispositions
        key={subject.id}
        all={fitting}
        value={editor.disposition_id}
        onChange={editor.setDisposition}
        disabled={disabled}
      />
      <Textarea
        className={css.note}
        label={t('desk.outcome.note')}
        placeholder={t('desk.outcome.note_hint')}
        maxLength={LONGEST_NOTE}
        disabled={disabled}
        value={editor.note}
        onChange={(e) => editor.setNote(e.currentTarget.value)}
      />
      {finishing ? (
        <div className={css.foot} data-wrap-up>
          <span className={css.remaining}>
            <Hourglass size={15} aria-hidden />
            {t('common.state.wrap_up')}
            <Countdown until={wrapUp.deadline_ms} className={css.countdown} />
          </span>
          <Button
            variant="default"
            loading={actions.pending === 'extend_wrap_up'}
            disabled={!actions.can('extend_wrap_up')}
            onClick={() => void actions.extendWrapUp(EXTEND_SECONDS)}
          >
            {t('desk.wrap_up.extend')}
          </Button>
          <Tooltip label={keyLabel(keys.save_outcome)}>
            <Button
              loading={actions.pending === 'finish_wrap_up'}
              disabled={!actions.can('finish_wrap_up')}
              onClick={() => {
                void editor.flush().then(() => actions.finishWrapUp());
              }}
            >
              {t('desk.wrap_up.finish')}
            </Button>
          </Tooltip>
        </div>
      ) : (
        <div className={css.foot}>
          <span className={css.hint}>
            {t(
              allowed
                ? 'desk.outcome.kept'
                : subject.interaction?.role === 'conferee'
                  ? 'transfer.internal.owner_writes'
                  : isCurrent
                    ? 'desk.outcome.later'
                    : 'desk.outcome.closed',
            )}
          </span>
        </div>
      )}
    </section>
  );
}

/** What the colleague who asks wrote so far, instead of a form: the outcome is his. */
function AmongColleagues({ interaction }: { interaction: DeskInteraction | null }) {
  const { t } = useTranslation();
  if (!interaction?.about) {
    return (
      <section className={css.outcome} aria-label={t('desk.outcome.title')}>
        <EmptyState icon={Users} title={t('transfer.internal.title')} text={t('transfer.internal.text')} />
      </section>
    );
  }
  return (
    <section className={css.outcome} aria-label={t('transfer.internal.note')}>
      <div className={css.outcomeHead}>
        <h2>{t('transfer.internal.note')}</h2>
      </div>
      <p className={interaction.about_note ? css.aboutNote : css.hint}>
        {interaction.about_note || t('transfer.internal.empty')}
      </p>
    </section>
  );
}

function SavingMark({ saving, problem }: { saving: Saving; problem: unknown }) {
  const { t } = useTranslation();
  if (saving === 'clean') return null;
  const Icon = { saving: LoaderCircle, saved: Check, waiting: CloudOff, refused: TriangleAlert }[saving];
  const text = saving === 'refused' ? problemText(problem) : t(`desk.outcome.${saving}`);
  return (
    <span className={css.saving} data-saving={saving} role="status">
      <Icon size={14} aria-hidden />
      {text}
    </span>
  );
}
