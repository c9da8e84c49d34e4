import { Button, CopyButton } from '@mantine/core';
import { Check, Copy } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import css from './Admin.module.css';

/** What is shown once: each line with its copy button. */
export function Secret({ text, lines }: { text: ReactNode; lines: readonly (readonly [string, string])[] }) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const shown = lines.map(([, value]) => value).join();
  // It may come up below the fold of a long form, and it comes only once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new secret is brought into sight
  useEffect(() => box.current?.scrollIntoView({ block: 'center' }), [shown]);
  return (
    <div ref={box} className={css.secret} role="status">
      <p>{text}</p>
      {lines.map(([label, value]) => (
        <div key={label} className={css.secretLine}>
          <span>{label}</span>
          <code>{value}</code>
          <CopyButton value={value} timeout={2000}>
            {({ copied, copy }) => (
              <Button
                size="compact-sm"
                variant="default"
                leftSection={copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
                aria-label={`${t('common.copy')}: ${label}`}
                onClick={copy}
              >
                {copied ? t('common.copied') : t('common.copy')}
              </Button>
            )}
          </CopyButton>
        </div>
      ))}
    </div>
  );
}
