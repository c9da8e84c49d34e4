import { HeadsetButtons } from '~/phone/HeadsetButtons';
import BreakBar from './breaks/BreakBar';
import { PracticeBar } from './practice/PracticeBar';

/** What stands over every page of an agent, or works behind it, and need not come with the first load. */
export default function AgentBars() {
  return (
    <>
      <PracticeBar />
      <BreakBar />
      <HeadsetButtons />
    </>
  );
}
