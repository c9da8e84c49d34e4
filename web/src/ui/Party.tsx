import { useTranslation } from 'react-i18next';
import { prettyNumber } from '~/lib/number';
import css from './Party.module.css';

/** A customer in a list: the name if there is one, and the number. */
export function Party({ name, number }: { name: string; number: string }) {
  const { t } = useTranslation();
  const shown = prettyNumber(number) || t('common.number_hidden');
  return name ? (
    <span className={css.party} title={`${name}, ${shown}`}>
      <b>{name}</b> <span className="num">{shown}</span>
    </span>
  ) : (
    <span className="num">{shown}</span>
  );
}
