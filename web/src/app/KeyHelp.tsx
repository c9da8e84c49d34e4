import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { KEY_ACTIONS, type KeyMap, keyLabel } from '~/lib/keys';
import { Keys } from '~/ui/Keys';
import type { PageLine } from './pages';
import css from './Shell.module.css';

export default function KeyHelp({
  onClose,
  keys,
  goes,
}: {
  onClose: () => void;
  keys: KeyMap;
  goes: readonly PageLine[];
}) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('shell.keys')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <table className={css.keys}>
        <tbody>
          {KEY_ACTIONS.map((action) => (
            <tr key={action}>
              <td>{t(`shell.key.${action}`)}</td>
              <td>
                <span className="visually-hidden">{keyLabel(keys[action])}</span>
                <Keys keys={keyLabel(keys[action])} />
              </td>
            </tr>
          ))}
          {goes.map((page) => (
            <tr key={page.path}>
              <td>{t(`shell.page.${page.key}`)}</td>
              <td>
                <span className="visually-hidden">G {keyLabel(page.go!)}</span>
                <Keys keys={`G+${keyLabel(page.go!)}`} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}
