/* The live world stands outside React. One frame is one flush; a row wakes only when its own agent changed.
   Snapshot and changes carry the journal's sequence; a gap means: ask for the snapshot again. */

import { setServerNow } from '~/lib/clock';
import type {
  BannerItem,
  DeskBody,
  LiveAgent,
  LiveInteraction,
  LiveQueue,
  News,
  OtherMessage,
  ServerMessage,
  Topic,
} from './types';

export type Link = 'off' | 'connecting' | 'open' | 'lost';
/** What a screen can listen to; 'order' of rows is derived by the screen itself, at its own pace. */
export type Subject = 'agents' | 'queues' | 'interactions' | 'desk' | 'link' | 'banners' | 'build' | 'news';

type Wake = () => void;
const wakeUp = (wake: Wake) => wake();

const EMPTY_DESK: DeskBody = {
  agent: null,
  interaction: null,
  wrap_up: null,
  actions: [],
  missed_count: 0,
  waiting: [],
};

export class LiveStore {
  agents = new Map<number, LiveAgent>();
  queues = new Map<number, LiveQueue>();
  interactions = new Map<string, LiveInteraction>();
  desk: DeskBody | null = null;
  banners: readonly BannerItem[] = [];
  /** How often the server said that notices are new. */
  news = 0;
  link: Link = 'off';
  /** Epoch milliseconds of this browser when the link was lost. */
  lostAt = 0;
  build: string | null = null;

  private readonly seq = new Map<Topic, string>();
  private readonly byAgent = new Map<number, Set<Wake>>();
  private readonly bySubject = new Map<Subject, Set<Wake>>();
  private readonly dirtyAgents = new Set<number>();
  private readonly dirty = new Set<Subject>();
  private queued = false;
  private readonly hearers = new Set<(news: News) => void>();
  private readonly others = new Map<Topic, (message: OtherMessage) => void>();

  /** Gives the topic whose snapshot must be asked for again, if there was a gap. */
  apply(message: ServerMessage): Topic | null {
    if ('now' in message) setServerNow(message.now);
    switch (message.k) {
      case 's':
        this.seq.set(message.topic, message.seq);
        this.seen(message.build);
        if (this.brought(message)) return null;
        if (message.topic === 'board') {
          for (const id of this.agents.keys()) this.dirtyAgents.add(id);
          this.agents = new Map(message.agents.map((agent) => [agent.id, agent]));
          this.queues = new Map(message.queues.map((queue) => [queue.id, queue]));
          this.interactions = new Map(message.interactions.map((one) => [one.id, one]));
          for (const id of this.agents.keys()) this.dirtyAgents.add(id);
          this.mark('agents', 'queues', 'interactions');
        } else {
          const { agent, interaction, wrap_up, actions, missed_count, waiting } = message;
          const supervision = message.supervision ?? null;
          this.desk = { agent, interaction, wrap_up, actions, missed_count, waiting, supervision };
          this.mark('desk');
        }
        return null;
      case 'd': {
        const mine = this.seq.get(message.topic);
        if (mine === undefined) return null;
        if (message.prev !== mine) {
          this.seq.delete(message.topic);
          return message.topic;
        }
        this.seq.set(message.topic, message.seq);
        if (this.brought(message)) return null;
        if (message.topic === 'board') this.changeBoard(message);
        else {
          const { k: _, topic: __, seq: ___, prev: ____, now: _____, ...change } = message;
          this.desk = { ...(this.desk ?? EMPTY_DESK), ...change };
          this.mark('desk');
        }
        return null;
      }
      case 'k':
        this.seen(message.build);
        return null;
      case 'banner':
        this.banners = message.items;
        this.mark('banners');
        return null;
      case 'news':
      case 'no':
      case 'wall':
        if (message.what === 'notices') {
          this.news += 1;
          this.mark('news');
        }
        for (const hear of this.hearers) hear(message);
        return null;
      case 'bye':
        return null;
    }
  }

  private brought(message: { topic: Topic }): boolean {
    if (message.topic === 'board' || message.topic === 'desk') return false;
    this.others.get(message.topic)?.(message as unknown as OtherMessage);
    return true;
  }

  private changeBoard(change: Extract<ServerMessage, { k: 'd'; topic: 'board' }>): void {
    for (const part of change.agents ?? []) {
      this.agents.set(part.id, { ...this.agents.get(part.id), ...part } as LiveAgent);
      this.dirtyAgents.add(part.id);
      this.dirty.add('agents');
    }
    for (const part of change.queues ?? []) {
      this.queues.set(part.id, { ...this.queues.get(part.id), ...part } as LiveQueue);
      this.dirty.add('queues');
    }
    for (const part of change.interactions ?? []) {
      this.interactions.set(part.id, { ...this.interactions.get(part.id), ...part } as LiveInteraction);
      this.dirty.add('interactions');
    }
    for (const id of change.gone?.agents ?? []) {
      if (this.agents.delete(id)) this.dirty.add('agents');
      this.dirtyAgents.add(id);
    }
    for (const id of change.gone?.queues ?? []) if (this.queues.delete(id)) this.dirty.add('queues');
    for (const id of change.gone?.interactions ?? []) {
      if (this.interactions.delete(id)) this.dirty.add('interactions');
    }
    this.schedule();
  }

  /** How far this screen has caught up with the journal; '0' before the first snapshot. */
  sequence(topic: Topic): string {
    return this.seq.get(topic) ?? '0';
  }

  setLink(link: Link): void {
    if (link === this.link) return;
    if (link === 'lost') {
      if (this.link !== 'connecting') this.lostAt = Date.now();
      // What comes after the gap starts with a snapshot.
      this.seq.clear();
    }
    this.link = link;
    this.mark('link');
  }

  /** Everything of the person who signed out goes. */
  clear(): void {
    for (const id of this.agents.keys()) this.dirtyAgents.add(id);
    this.agents = new Map();
    this.queues = new Map();
    this.interactions = new Map();
    this.desk = null;
    this.banners = [];
    this.seq.clear();
    this.link = 'off';
    this.mark('agents', 'queues', 'interactions', 'desk', 'banners', 'link');
  }

  private seen(build: string | undefined): void {
    if (build === undefined || build === this.build) return;
    this.build = build;
    this.mark('build');
  }
  private mark(...subjects: Subject[]): void {
    for (const subject of subjects) this.dirty.add(subject);
    this.schedule();
  }
  private schedule(): void {
    if (this.queued) return;
    this.queued = true;
    // Frames stop in a hidden tab, where a second is soon enough; a call must ring at once all the same.
    if (!document.hidden) requestAnimationFrame(this.flush);
    else if (this.dirty.has('desk')) queueMicrotask(this.flush);
    else setTimeout(this.flush, 1000);
  }
  flush = (): void => {
    if (!this.queued) return;
    this.queued = false;
    const agents = [...this.dirtyAgents];
    const subjects = [...this.dirty];
    this.dirtyAgents.clear();
    this.dirty.clear();
    for (const id of agents) this.byAgent.get(id)?.forEach(wakeUp);
    for (const subject of subjects) this.bySubject.get(subject)?.forEach(wakeUp);
  };

  /** Every piece of news as it comes; what came while the link was lost, the hearer asks for itself. */
  onNews = (hear: (news: News) => void): (() => void) => {
    this.hearers.add(hear);
    return () => {
      this.hearers.delete(hear);
    };
  };
  /** A page folds a topic of its own. */
  bring = (topic: Topic, hear: (message: OtherMessage) => void): (() => void) => {
    this.others.set(topic, hear);
    return () => {
      if (this.others.get(topic) === hear) this.others.delete(topic);
    };
  };
  onAgent = (id: number, wake: Wake): (() => void) => watch(this.byAgent, id, wake);
  on = (subject: Subject, wake: Wake): (() => void) => watch(this.bySubject, subject, wake);
}

function watch<K>(watchers: Map<K, Set<Wake>>, key: K, wake: Wake): () => void {
  let set = watchers.get(key);
  if (!set) {
    set = new Set();
    watchers.set(key, set);
  }
  set.add(wake);
  return () => {
    set.delete(wake);
    if (!set.size) watchers.delete(key);
  };
}

export const live = new LiveStore();
