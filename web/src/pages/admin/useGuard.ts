import { useBlocker } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useConfirm } from '~/ui/Confirm';

/** Asks before unsaved changes are left, by whatever way: a link, the browser's back, a closed tab. */
export function useGuard(isDirty: () => boolean): void {
  const { t } = useTranslation();
  const ask = useConfirm();
  useBlocker({
    shouldBlockFn: async () =>
      isDirty() &&
      !(await ask({
        title: t('admin.unsaved.title'),
        text: t('admin.unsaved.text'),
        confirm: t('admin.unsaved.leave'),
        danger: true,
      })),
    enableBeforeUnload: isDirty,
  });
}
