/* What an administrator sets up, as lists from the server; and the names of one kind in the forms of another. */

import { type QueryClient, useQuery } from '@tanstack/react-query';
import { get } from '~/api/client';
import type {
  AlertRuleRow,
  BlockedRow,
  DeliveryWayRow,
  DispositionRow,
  FlowRow,
  HoursRow,
  NumberRow,
  PersonRow,
  PlanRow,
  ProjectRow,
  PromptRow,
  QueueRow,
  ReasonRow,
  ReceiverRow,
  RoleRow,
  ScreenPopRow,
  SkillRow,
  SystemRow,
  TeamRow,
  TrunkRow,
  WebhookRow,
} from '~/api/gen/types.gen';

export interface Things {
  people: PersonRow;
  roles: RoleRow;
  teams: TeamRow;
  skills: SkillRow;
  queues: QueueRow;
  plans: PlanRow;
  numbers: NumberRow;
  flows: FlowRow;
  prompts: PromptRow;
  hours: HoursRow;
  trunks: TrunkRow;
  blocked: BlockedRow;
  systems: SystemRow;
  'alert-rules': AlertRuleRow;
  'delivery-ways': DeliveryWayRow;
  receivers: ReceiverRow;
  webhooks: WebhookRow;
  'screen-pops': ScreenPopRow;
  projects: ProjectRow;
  reasons: ReasonRow;
  dispositions: DispositionRow;
}
export type Kind = keyof Things;

export function useThings<K extends Kind>(
  kind: K,
  options: { refetchInterval?: number; may?: boolean } = {},
) {
  return useQuery({
    queryKey: ['admin', kind],
    queryFn: ({ signal }) => get<Things[K][]>(`/api/v1/${kind}`, {}, signal),
    refetchInterval: options.refetchInterval ?? false,
    enabled: options.may ?? true,
  });
}

/** After a change: every list that may show it, here and on other pages. */
export function refresh(queries: QueryClient): Promise<unknown> {
  return Promise.all([
    queries.invalidateQueries({ queryKey: ['admin'] }),
    queries.invalidateQueries({ queryKey: ['names'] }),
    queries.invalidateQueries({ queryKey: ['desk', 'settings'] }),
  ]);
}

export interface Choice {
  value: string;
  label: string;
}
/** Ids are numbers to the server and text to a choice box. */
export const choices = (rows: readonly { id: number; name: string }[] | undefined): Choice[] =>
  (rows ?? [])
    .map(({ id, name }) => ({ value: String(id), label: name }))
    .sort((a, b) => a.label.localeCompare(b.label));
export const idText = (id: number | null | undefined): string | null => (id ? String(id) : null);
export const textId = (text: string | null | undefined): number | null => (text ? Number(text) : null);
