import {
  Circle,
  CircleDashed,
  Coffee,
  Hourglass,
  type LucideIcon,
  PauseCircle,
  PhoneCall,
  PhoneIncoming,
  PhoneOutgoing,
  Unplug,
} from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { AgentState } from '~/lib/state';
import css from './StateBadge.module.css';

const ICON: Record<AgentState, LucideIcon> = {
  signed_out: CircleDashed,
  not_ready: Coffee,
  ready: Circle,
  offered: PhoneIncoming,
  connecting: PhoneOutgoing,
  connected: PhoneCall,
  held: PauseCircle,
  wrap_up: Hourglass,
  reconnecting: Unplug,
};

/** Colour is never alone: icon and word carry the same meaning. For hot lists: no hook inside, the word is given. */
export const StateChip = memo(function StateChip({
  state,
  label,
  large,
}: {
  state: AgentState;
  label: string;
  large?: boolean;
}) {
  const Icon = ICON[state];
  return (
    <span className={css.badge} data-state={state} data-large={large || undefined}>
      <Icon size={large ? 16 : 13} strokeWidth={2.4} aria-hidden />
      <span>{label}</span>
    </span>
  );
});

export function StateBadge({ state, label, large }: { state: AgentState; label?: string; large?: boolean }) {
  const { t } = useTranslation();
  return <StateChip state={state} label={label ?? t(`common.state.${state}`)} large={large ?? false} />;
}
