import { Button, NumberInput, SegmentedControl, Slider, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, problemText } from '~/api/client';
import type { Scenario } from '~/api/gen/types.gen';
import { Banner } from '~/ui/Notice';
import { Problems } from './Problems';
import {
  agentsOf,
  callsOf,
  type Length,
  meanOf,
  nameOf,
  type Setting,
  settingOf,
  type Tree,
  tablesOf,
  withAgents,
  withCalls,
  withMean,
  withSetting,
} from './tree';
import css from './WhatIf.module.css';

const LENGTHS: readonly Length[] = ['handle', 'patience'];
const SETTINGS: readonly Setting[] = ['threshold_seconds', 'wrap_up_seconds'];

interface Props {
  tree: Tree;
  /** The first scenario: sliders show how far this one is from it. */
  base: Tree;
  onChange: (tree: Tree) => void;
}

/** The numbers that a planner moves, or the whole text. */
export function Editor(props: Props) {
  const { t } = useTranslation();
  const [isText, setIsText] = useState(false);
  return (
    <>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label={t('whatif.editor.form')}
        value={isText ? 'text' : 'numbers'}
        onChange={(value) => setIsText(value === 'text')}
        data={[
          { value: 'numbers', label: t('whatif.editor.numbers') },
          { value: 'text', label: t('whatif.editor.text') },
        ]}
      />
      {isText ? <TextEditor {...props} onDone={() => setIsText(false)} /> : <Numbers {...props} />}
    </>
  );
}

function Numbers({ tree, base, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <>
      {tablesOf(tree, 'agents').map((group, place) => {
        const before = tablesOf(base, 'agents')[place];
        return (
          <Moved
            key={`agents ${nameOf(group, place)}`}
            label={t('whatif.editor.agents', { name: nameOf(group, place) })}
            value={agentsOf(group)}
            base={before ? agentsOf(before) : agentsOf(group)}
            min={1}
            whole
            onChange={(value) => onChange(withAgents(tree, place, value))}
          />
        );
      })}
      {tablesOf(tree, 'queue').map((queue, place) => {
        const before = tablesOf(base, 'queue')[place] ?? queue;
        const name = nameOf(queue, place);
        return (
          <fieldset key={`queue ${name}`} className={css.queue}>
            <legend>{t('whatif.editor.queue', { name })}</legend>
            <Moved
              label={t('whatif.editor.calls')}
              value={callsOf(queue)}
              base={callsOf(before)}
              min={0}
              onChange={(value) => onChange(withCalls(tree, place, value))}
            />
            {LENGTHS.map((length) => {
              const mean = meanOf(queue, length);
              if (mean === null) return null;
              return (
                <Moved
                  key={length}
                  label={t(`whatif.editor.${length}`)}
                  value={mean}
                  base={meanOf(before, length) ?? mean}
                  min={1}
                  suffix={t('whatif.editor.seconds')}
                  onChange={(value) => onChange(withMean(tree, place, length, value))}
                />
              );
            })}
            <div className={css.pair}>
              {SETTINGS.map((setting) => (
                <NumberInput
                  key={setting}
                  label={t(`whatif.editor.${setting}`)}
                  value={settingOf(queue, setting)}
                  min={0}
                  max={86_400}
                  suffix={` ${t('whatif.editor.seconds')}`}
                  onChange={(value) => {
                    if (typeof value === 'number') onChange(withSetting(tree, place, setting, value));
                  }}
                />
              ))}
            </div>
          </fieldset>
        );
      })}
    </>
  );
}

/** A number with a slider from half to twice what the first scenario has. */
function Moved({
  label,
  value,
  base,
  min,
  whole = false,
  suffix,
  onChange,
}: {
  label: string;
  value: number;
  base: number;
  min: number;
  whole?: boolean;
  suffix?: string;
  onChange: (value: number) => void;
}) {
  const most = Math.max(base * 2, min + 1);
  const step = whole ? 1 : most > 40 ? 1 : 0.1;
  return (
    <div className={css.moved}>
      <NumberInput
        label={label}
        value={value}
        min={min}
        max={10_000_000}
        decimalScale={whole ? 0 : 1}
        {...(suffix ? { suffix: ` ${suffix}` } : {})}
        onChange={(next) => {
          if (typeof next === 'number' && next >= min) onChange(next);
        }}
      />
      <Slider
        label={null}
        thumbLabel={label}
        size="sm"
        value={Math.min(Math.max(value, Math.min(base / 2, min)), most)}
        min={whole ? Math.max(min, Math.floor(base / 2)) : base / 2}
        max={most}
        step={step}
        marks={[{ value: base }]}
        onChange={onChange}
      />
    </div>
  );
}

function TextEditor({ tree, onChange, onDone }: Props & { onDone: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState<string | null>(null);
  const write = useMutation({
    mutationFn: (wanted: Tree) => post<Scenario>('/api/v1/planning/scenarios/write', { tree: wanted }),
    onSuccess: (found) => setText(found.text),
  });
  const read = useMutation({
    mutationFn: (wanted: string) => post<Scenario>('/api/v1/planning/scenarios/read', { text: wanted }),
    onSuccess: (found) => {
      onChange(found.tree as Tree);
      onDone();
    },
  });
  if (text === null && write.isIdle) write.mutate(tree);
  const error = read.error ?? write.error;
  return (
    <>
      <Textarea
        aria-label={t('whatif.editor.text')}
        className={css.text ?? ''}
        autosize
        minRows={14}
        maxRows={34}
        value={text ?? ''}
        onChange={(event) => setText(event.currentTarget.value)}
        spellCheck={false}
      />
      {error ? <Banner tone="bad">{problemText(error)}</Banner> : null}
      <Problems error={error} />
      <Button disabled={text === null} loading={read.isPending} onClick={() => read.mutate(text ?? '')}>
        {t('whatif.editor.take')}
      </Button>
    </>
  );
}
