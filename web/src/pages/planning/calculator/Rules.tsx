import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useAddress } from '~/ui/useAddress';
import css from './Calculator.module.css';

const RULES = [
  { name: 'goal_share', sends: 'target', initial: '80', unit: 'percent' },
  { name: 'threshold', sends: 'threshold', initial: '20', unit: 'seconds' },
  { name: 'patience', sends: 'patience', initial: '', unit: 'seconds' },
  { name: 'max_occupancy', sends: 'max_occupancy', initial: '88', unit: 'percent' },
  { name: 'max_abandonment', sends: 'max_abandonment', initial: '5', unit: 'percent' },
  { name: 'shrinkage', sends: 'shrinkage', initial: '30', unit: 'percent' },
] as const;
type Rule = (typeof RULES)[number]['name'];

/** What a scenario's queues have of their own: there it is not asked for. */
export const OF_QUEUES: readonly Rule[] = ['threshold', 'patience'];

type Address = Partial<Record<string, string>>;

/** The rules of staffing in the address, as the server takes them: shares as fractions, null for the default. */
export const rulesOf = (address: Address, patience: number | null, without: readonly Rule[] = []) =>
  Object.fromEntries(
    RULES.filter((it) => !without.includes(it.name)).map((it) => {
      const own = (address[it.name] ?? it.initial).trim().replace(',', '.');
      const value = own === '' && it.name === 'patience' ? patience : own;
      const number = value === '' || value === null ? null : Number(value);
      return [it.sends, number !== null && it.unit === 'percent' ? number / 100 : number];
    }),
  );

export function RuleFields({
  errors,
  patience = '',
  without = [],
}: {
  errors: Partial<Record<string, string>>;
  /** What an empty patience means. */
  patience?: string;
  without?: readonly Rule[];
}) {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  return (
    <div className={css.pair}>
      {RULES.filter((it) => !without.includes(it.name)).map((it) => (
        <TextInput
          key={it.name}
          label={t(`planning.field.${it.name}`)}
          inputMode="decimal"
          value={(address[it.name] ?? it.initial).trim()}
          {...(it.name === 'patience' ? { placeholder: patience } : {})}
          onChange={(e) => setAddress({ [it.name]: e.currentTarget.value.trim() || ' ' })}
          error={errors[it.sends]}
          rightSection={<span className="muted">{t(`planning.unit.${it.unit}`)}</span>}
          rightSectionPointerEvents="none"
        />
      ))}
    </div>
  );
}
