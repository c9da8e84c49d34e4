import common from './common.json';
import desk from './desk.json';
import lists from './lists.json';
import live from './live.json';
import phone from './phone.json';
import refusals from './refusals.json';
import shell from './shell.json';
import signin from './signin.json';

const en = {
  common,
  desk,
  lists,
  live,
  phone,
  refusals,
  shell,
  signin,
};
export default en;
