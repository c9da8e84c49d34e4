import admin from './admin.json';
import common from './common.json';
import desk from './desk.json';
import interactions from './interactions.json';
import live from './live.json';
import phone from './phone.json';
import recordings from './recordings.json';
import refusals from './refusals.json';
import reports from './reports.json';
import settings from './settings.json';
import shell from './shell.json';
import signin from './signin.json';

const en = {
  admin,
  common,
  desk,
  interactions,
  live,
  phone,
  recordings,
  refusals,
  reports,
  settings,
  shell,
  signin,
};
export default en;
