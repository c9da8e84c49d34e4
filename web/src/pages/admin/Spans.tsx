import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { Plus, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { TimeField } from '~/ui/TimeField';
import css from './Admin.module.css';
import { nextSpan, type Span } from './week';

/** Spans of one day: any number of them; none is closed. */
export function Spans({
  label,
  field,
  value,
  onChange,
  errorOf,
}: {
  /** Name of the day, for screen readers. */
  label: string;
  field: string;
  value: Span[];
  onChange: (value: Span[]) => void;
  errorOf: (path: string) => React.ReactNode;
}) {
  const { t } = useTranslation();
  const set = (index: number, at: 0 | 1, time: string) =>
    onChange(value.map((span, i) => (i === index ? (at ? [span[0], time] : [time, span[1]]) : span)));
  const problem = errorOf(field) ?? value.map((_, i) => errorOf(`${field}.${i}`)).find(Boolean);
  return (
    <div data-path={field}>
      <div className={css.spans}>
        {value.length ? null : <span className="muted">{t('admin.hours.day_closed')}</span>}
        {value.map(([opens, closes], index) => (
          <span key={index} className={css.span} data-path={`${field}.${index}`}>
            <TimeField
              aria-label={`${label}: ${t('admin.hours.opens')}`}
              value={opens}
              onChange={(time) => set(index, 0, time)}
            />
            –
            <TimeField
              aria-label={`${label}: ${t('admin.hours.closes')}`}
              value={closes}
              onChange={(time) => set(index, 1, time)}
            />
            <ActionIcon
              size={28}
              aria-label={`${label}: ${t('common.delete')} ${opens}–${closes}`}
              onClick={() => onChange(value.filter((_, i) => i !== index))}
            >
              <X size={15} />
            </ActionIcon>
          </span>
        ))}
        <Tooltip label={t('admin.hours.add_span')}>
          <ActionIcon
            size={28}
            variant="default"
            aria-label={`${label}: ${t('admin.hours.add_span')}`}
            onClick={() => onChange([...value, nextSpan(value)])}
          >
            <Plus size={15} />
          </ActionIcon>
        </Tooltip>
        {value.length ? null : (
          <Button size="compact-xs" variant="subtle" onClick={() => onChange([['00:00', '00:00']])}>
            {t('admin.hours.around')}
          </Button>
        )}
      </div>
      {problem ? <p className={css.error}>{problem}</p> : null}
    </div>
  );
}
