import css from '../Colleagues.module.css';
import Chat from './Chat';

/** The chat as a page of its own. */
export default function ChatPage() {
  return (
    <section className={`panel ${css.whole}`}>
      <Chat />
    </section>
  );
}
