import { Button, TextInput } from '@mantine/core';
import { CircleAlert, CircleCheck, Play, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowProblemRow, FlowTest } from '~/api/gen/types.gen';
import css from './Editor.module.css';
import { SmallButton } from './Fields';

/** The tests of a flow: what is expected, and where one leads that goes elsewhere. */
export function Tests({
  tests,
  problems,
  isChecked,
  outcome,
  onRun,
  onRemove,
  onTake,
}: {
  tests: readonly FlowTest[];
  /** Of the whole draft; those whose place is in `tests` are told here. */
  problems: readonly FlowProblemRow[];
  isChecked: boolean;
  /** What came of a call, in words. */
  outcome: (told: string) => string;
  onRun: (test: FlowTest) => void;
  onRemove: (place: number) => void;
  /** What was found is what is expected from now on. */
  onTake: (place: number, changed: FlowTest) => void;
}) {
  const { t } = useTranslation();
  const others = problems.filter((it) => !it.place.startsWith('tests'));
  return (
    <section className={css.tests} aria-labelledby="flow-tests">
      <h3 id="flow-tests">{t('flows.tests.title')}</h3>
      <p className={css.hint}>{t(tests.length ? 'flows.tests.help' : 'flows.tests.none')}</p>
      <ul>
        {tests.map((test, place) => {
          const mine = problems.filter(
            (it) => it.place === `tests.${place}` || it.place.startsWith(`tests.${place}.`),
          );
          const end = mine.find((it) => it.code === 'test_end')?.detail;
          const path = mine.find((it) => it.code === 'test_path')?.detail;
          const isBad = mine.length > 0;
          return (
            <li key={place} data-bad={isBad || undefined}>
              <div className={css.testHead}>
                {isBad ? (
                  <CircleAlert size={15} role="img" aria-label={t('flows.tests.bad')} />
                ) : isChecked && !others.length ? (
                  <CircleCheck size={15} role="img" aria-label={t('flows.tests.good')} />
                ) : null}
                <b>{test.name}</b>
                <span className={css.grow} />
                <SmallButton label={t('flows.tests.run', { name: test.name })} onClick={() => onRun(test)}>
                  <Play size={14} aria-hidden />
                </SmallButton>
                <SmallButton
                  label={t('flows.tests.remove', { name: test.name })}
                  onClick={() => onRemove(place)}
                >
                  <Trash2 size={14} aria-hidden />
                </SmallButton>
              </div>
              <p>
                {[
                  test.at,
                  test.caller,
                  test.typed?.length ? test.typed.map((it) => it || '—').join(', ') : '',
                  test.end ? outcome(test.end) : '',
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </p>
              {end !== undefined ? (
                <p className={css.bad}>
                  {t('flows.tests.other_end', { expected: outcome(test.end ?? ''), found: outcome(end) })}
                </p>
              ) : null}
              {path !== undefined ? (
                <p className={css.bad}>
                  {t('flows.tests.other_path', {
                    expected: (test.path ?? []).join(' › '),
                    found: path.replaceAll(' > ', ' › '),
                  })}
                </p>
              ) : null}
              {end !== undefined || path !== undefined ? (
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() =>
                    onTake(place, {
                      ...test,
                      ...(end === undefined ? {} : { end }),
                      ...(path === undefined ? {} : { path: path.split(' > ') }),
                    })
                  }
                >
                  {t('flows.tests.take')}
                </Button>
              ) : null}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** Gives what was just rehearsed a name, and with that a place among the tests. */
export function KeepTest({ names, onKeep }: { names: readonly string[]; onKeep: (name: string) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const isFit = Boolean(name.trim()) && !names.includes(name.trim());
  return (
    <form
      className={css.keep}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isFit) return;
        onKeep(name.trim());
        setName('');
      }}
    >
      <TextInput
        className={css.grow ?? ''}
        aria-label={t('flows.tests.name')}
        placeholder={t('flows.tests.name')}
        autoComplete="off"
        error={names.includes(name.trim()) ? t('flows.tests.twice') : null}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" disabled={!isFit}>
        {t('flows.tests.keep')}
      </Button>
    </form>
  );
}
