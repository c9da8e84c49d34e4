import type { TFunction } from 'i18next';

/** What a new flow begins with: it may be published as it stands, and shows the nodes most centres need. */
export const exampleFlow = (t: TFunction): string => `name: ${t('admin.flows.example.name')}
start: greeting
nodes:
  # ${t('admin.flows.example.greeting')}
  greeting:
    node: play
    prompts: [greeting]
    unrecorded: [greeting_unrecorded]
    next: hours

  # ${t('admin.flows.example.hours')}
  hours:
    node: hours
    open: busy
    closed: closed

  # ${t('admin.flows.example.busy')}
  busy:
    node: condition
    cases:
      - fact: queue.expected_wait_seconds
        comparison: at_least
        value: "120"
        next: offer
    otherwise: queue

  # ${t('admin.flows.example.offer')}
  offer:
    node: menu
    prompts: [callback_offer]
    tries: 1
    choices:
      "1": callback
    otherwise: queue

  callback:
    node: callback
    refused: queue

  # ${t('admin.flows.example.queue')}
  queue:
    node: queue

  closed:
    node: play
    prompts: [closed]
    next: end_closed

  end_closed:
    node: end
    reason: closed
`;
