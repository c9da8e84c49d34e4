"""The engine: who talks with whom. Pure; commands in, events out; it names its next deadline.

The story on one page. A customer arrives (`RegisterInteraction`), may spend time in a flow (`EnterFlow`)
and is put in a queue (`EnqueueInteraction`). From then on he *waits*, in a place that his priority and his
wait give him. Whenever someone waits and someone fits, an offer follows in the very same step (`OfferMade`,
with its why): nobody asks for it. The offer is accepted, declined, expires, or is withdrawn; only an
accepted one leads on, to *connecting* and, when both hear each other, to *connected*. The talk can be held,
the agent's phone can be lost and come back. It ends when either side hangs up; the agent has his *wrap-up*,
with a deadline, and is then what he wished to be: ready, not ready, or gone.

A talk can move between people (`transfers`): to another agent, a queue, a party outside, after a consultation
or without one; several can be in it. Each such move is a saga, with a table of what compensates when somebody
is lost in the middle of it.

Two rules carry everything. **Each end of an assignment says in the same batch what the agent is then.** And
**no state is without an exit**: each phase has a deadline, or a person who can end it; deadlines live in
the engine, and whoever drives it (live: the switchboard; in virtual time: the simulation) only has to come
back in time.

How it is made: `commands` are checked by `decide`, which reads `state` and gives `events` or a refusal;
`apply` is the only one that writes state, so a replay of the journal is the state; `routing` adds the
offers that follow from it; `deadlines` says what time brings; `endings` what both have in common;
`moves` is the part of `apply` for talks that move. `short_ways` does for usual calls in virtual time what all
of these come to, and a test goes both ways.
`transitions` and `invariants` say what must hold, always.

Start reading at `engine.py`, then `routing.py`.
"""
