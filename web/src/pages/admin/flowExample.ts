import type { TFunction } from 'i18next';
import type { FlowDraft } from '~/api/gen/types.gen';

/** What a new flow begins with: it may be published as it stands, and shows the nodes most centres need. */
export const exampleFlow = (t: TFunction): FlowDraft => ({
  name: t('admin.flows.example.name'),
  start: 'greeting',
  nodes: {
    greeting: {
      node: 'play',
      prompts: ['greeting'],
      unrecorded: ['greeting_unrecorded'],
      next: 'hours',
    },
    hours: { node: 'hours', open: 'busy', closed: 'closed' },
    busy: {
      node: 'condition',
      cases: [{ fact: 'queue.expected_wait_seconds', comparison: 'at_least', value: '120', next: 'offer' }],
      otherwise: 'queue',
    },
    offer: {
      node: 'menu',
      prompts: ['callback_offer'],
      tries: 1,
      choices: { '1': 'callback' },
      otherwise: 'queue',
    },
    callback: { node: 'callback', refused: 'queue' },
    queue: { node: 'queue' },
    closed: { node: 'play', prompts: ['closed'], next: 'end_closed' },
    end_closed: { node: 'end', reason: 'closed' },
  },
});
