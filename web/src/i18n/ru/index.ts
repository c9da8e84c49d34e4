import type admin from './admin.json';
import type alerts from './alerts.json';
import type attendance from './attendance.json';
import type callbacks from './callbacks.json';
import type card from './card.json';
import type catalogue from './catalogue.json';
import type colleagues from './colleagues.json';
import common from './common.json';
import type dashboards from './dashboards.json';
import desk from './desk.json';
import type feedback from './feedback.json';
import type flows from './flows.json';
import type headset from './headset.json';
import type interactions from './interactions.json';
import type link from './link.json';
import lists from './lists.json';
import live from './live.json';
import type missed from './missed.json';
import phone from './phone.json';
import type planning from './planning.json';
import type rates from './rates.json';
import type recordings from './recordings.json';
import refusals from './refusals.json';
import type reports from './reports.json';
import type settings from './settings.json';
import shell from './shell.json';
import signin from './signin.json';
import type supervision from './supervision.json';
import type team from './team.json';
import type transfer from './transfer.json';
import type video from './video.json';
import type voicemail from './voicemail.json';
import type whatif from './whatif.json';

/* One file per area, so that two people rarely meet in one file. Russian is the source of truth of the keys. */
const ru = {
  common,
  desk,
  lists,
  live,
  phone,
  refusals,
  shell,
  signin,
};
export default ru;

/** Areas that come with their page, not with the first load; see withWords. */
export interface LaterWords {
  admin: typeof admin;
  callbacks: typeof callbacks;
  card: typeof card;
  catalogue: typeof catalogue;
  colleagues: typeof colleagues;
  alerts: typeof alerts;
  attendance: typeof attendance;
  dashboards: typeof dashboards;
  flows: typeof flows;
  feedback: typeof feedback;
  headset: typeof headset;
  interactions: typeof interactions;
  link: typeof link;
  missed: typeof missed;
  planning: typeof planning;
  rates: typeof rates;
  recordings: typeof recordings;
  reports: typeof reports;
  settings: typeof settings;
  supervision: typeof supervision;
  team: typeof team;
  transfer: typeof transfer;
  video: typeof video;
  voicemail: typeof voicemail;
  whatif: typeof whatif;
}
