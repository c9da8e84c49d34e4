import { Button } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '~/api/session';
import {
  combination,
  DEFAULT_KEYS,
  isAllowed,
  KEY_ACTIONS,
  type KeyAction,
  keyLabel,
  keyMap,
} from '~/lib/keys';
import { Keys } from '~/ui/Keys';
import css from './Settings.module.css';

/** Press a line, then the new keys. Esc leaves it as it was. */
export function HotKeys() {
  const { t } = useTranslation();
  const [preferences, setPreferences] = usePreferences();
  const keys = useMemo(() => keyMap(preferences.keys), [preferences.keys]);
  const [listening, setListening] = useState<KeyAction | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    if (!listening) return undefined;
    const listen = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopPropagation();
      if (event.code === 'Escape') {
        setListening(null);
        setProblem(null);
        return;
      }
      const pressed = combination(event);
      if (!pressed) return;
      if (!isAllowed(pressed)) {
        setProblem(t('settings.keys.not_allowed', { keys: keyLabel(pressed) }));
        return;
      }
      const other = KEY_ACTIONS.find((action) => action !== listening && keys[action] === pressed);
      if (other) {
        setProblem(t('settings.keys.taken', { keys: keyLabel(pressed), action: t(`shell.key.${other}`) }));
        return;
      }
      const own = { ...preferences.keys };
      if (pressed === DEFAULT_KEYS[listening]) delete own[listening];
      else own[listening] = pressed;
      setPreferences({ keys: own });
      setListening(null);
      setProblem(null);
    };
    addEventListener('keydown', listen, { capture: true });
    return () => removeEventListener('keydown', listen, { capture: true });
  }, [listening, keys, preferences.keys, setPreferences, t]);

  return (
    <>
      <p className={css.hint}>{t('settings.keys.hint')}</p>
      <table className={css.keys}>
        <tbody>
          {KEY_ACTIONS.map((action) => (
            <tr key={action}>
              <td>{t(`shell.key.${action}`)}</td>
              <td>
                <button
                  type="button"
                  className={css.key}
                  data-listening={listening === action || undefined}
                  aria-label={`${t(`shell.key.${action}`)}: ${keyLabel(keys[action])}`}
                  onClick={() => {
                    setProblem(null);
                    setListening(action);
                  }}
                >
                  {listening === action ? t('settings.keys.press') : <Keys keys={keyLabel(keys[action])} />}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={css.problem} role="alert">
        {problem}
      </p>
      <div>
        <Button
          variant="default"
          disabled={!Object.keys(preferences.keys).length}
          onClick={() => setPreferences({ keys: {} })}
        >
          {t('settings.keys.reset')}
        </Button>
      </div>
    </>
  );
}
