import '@mantine/dates/styles.layer.css';
import 'dayjs/locale/ru';
import { DatePickerInput } from '@mantine/dates';
import { CalendarDays } from 'lucide-react';
import { useTranslation } from 'react-i18next';

const NO_DAYS: (0 | 1 | 2 | 3 | 4 | 5 | 6)[] = [];

/** One local day as YYYY-MM-DD, shown in the reader's language. */
export function DayField({
  value,
  onChange,
  min,
  clearable = false,
  ...rest
}: {
  label: string;
  description?: string;
  value: string;
  onChange: (value: string) => void;
  min?: string;
  clearable?: boolean;
  required?: boolean;
  error?: React.ReactNode;
  'data-path'?: string;
}) {
  const { t, i18n } = useTranslation();
  return (
    <DatePickerInput
      {...rest}
      locale={i18n.language}
      firstDayOfWeek={1}
      weekendDays={NO_DAYS}
      hideOutsideDates
      valueFormat="D MMM YYYY"
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      leftSection={<CalendarDays size={15} aria-hidden />}
      popoverProps={{ withinPortal: true }}
      clearable={clearable}
      clearButtonProps={{ 'aria-label': t('common.delete') }}
      {...(min ? { minDate: min } : {})}
      value={value || null}
      onChange={(next) => onChange(next ?? '')}
    />
  );
}
