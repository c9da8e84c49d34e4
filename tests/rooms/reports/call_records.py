"""Call records as `cdr_csv` and FreePBX's table write them, from what happened."""

from dataclasses import dataclass
from datetime import UTC, datetime

BEGIN = 1_700_000_000
"""Tue Nov 14 2023 22:13:20 UTC."""


def clock(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S") if at else ""


@dataclass(frozen=True)
class Record:
    """One CDR; seconds since 1970, 0 for none. call: uniqueid of the caller's channel."""

    call: str
    start: int
    end: int
    channel: str
    context: str = "ext-queues"
    source: str = "79161234567"
    dialled: str = "600"
    peer: str = ""
    app: str = "Queue"
    words: str = "600,t,,,60"
    answer: int = 0
    disposition: str = ""
    own: str = ""
    called: str = ""
    sequence: int = 0

    @property
    def outcome(self) -> str:
        return self.disposition or ("ANSWERED" if self.answer else "NO ANSWER")

    def line(self, *, ids: bool = True, newer: bool = True) -> str:
        """As `Master.csv` has it, with times in UTC."""
        talked = self.end - self.answer if self.answer else 0
        text = ("", self.source, self.dialled, self.context, f'"A" <{self.source}>', self.channel, self.peer)
        times = (clock(self.start), clock(self.answer), clock(self.end))
        fields = [quoted(one) for one in (*text, self.app, self.words, *times)]
        fields += [str(self.end - self.start), str(talked), quoted(self.outcome), quoted("DOCUMENTATION")]
        if ids:
            fields += [quoted(self.own or self.call), quoted("")]
        if newer:
            fields += [quoted(""), quoted(self.call), str(self.sequence)]
        return ",".join(fields)

    def row(self, *, delimiter: str = ",", is_quoted: bool = True) -> str:
        """As a dump of FreePBX's table has it, below `HEADING`."""
        talked = self.end - self.answer if self.answer else 0
        fields = (
            clock(self.start), f'"A" <{self.source}>', self.source, self.dialled, self.context, self.channel,
            self.peer, self.app, self.words, str(self.end - self.start), str(talked), self.outcome, "3", "",
            self.own or self.call, "", self.called, "", self.source, "", "", "", "", self.call, "\\N",
            str(self.sequence),
        )  # fmt: skip
        return delimiter.join(quoted(one) if is_quoted else one for one in fields)


HEADING = (
    "calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,amaflags,"
    "accountcode,uniqueid,userfield,did,recordingfile,cnum,cnam,outbound_cnum,outbound_cnam,dst_cnam,linkedid,"
    "peeraccount,sequence"
)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def half(call: str, own: str, start: int, answer: int, end: int, agent: str, number: int) -> Record:
    """The second half of the Local channel by which FreePBX rings an agent of a queue."""
    return Record(
        call, start, end, f"Local/{agent}@from-queue-{number:08x};2", "from-queue", dialled=agent,
        peer=f"PJSIP/{agent}-{number:08x}", app="Dial", words=f"PJSIP/{agent}/sip:{agent}@10.0.0.5,,tr",
        answer=answer, own=own,
    )  # fmt: skip


def phone(agent: str, number: int) -> str:
    """The first half, which the queue talks to."""
    return f"Local/{agent}@from-queue-{number:08x};1"


def day() -> list[Record]:
    """What one FreePBX writes of nine calls, counted by hand:

    a  queue 600: waits 20 s (101 rings 5 s in vain), 102 answers, talks 60 s
    b  queue 600: nobody; gives up after 30 s
    c  queue 600: gives up after 3 s: short
    d  queue 600 for 15 s, then 700, where 103 answers after 10 s and talks 40 s
    e  queue 600: 101 answers after 8 s, talks 30 s, gives him to 700; 103 answers after 5 s, talks 20 s
    f  a ring group 650 by the number from outside: 104 answers after 6 s, talks 50 s
    g  a menu only
    h  101 calls a customer: not told
    i  101 calls 102: not told
    """
    at = BEGIN
    trunk = "PJSIP/provider-{:08x}".format
    a, b, c, d, e, f, g, h, i = (f"{at + 100 * number}.{number}" for number in range(1, 10))
    t = {name: at + 100 * number for number, name in enumerate("abcdefghi", 1)}
    return [
        Record(a, t["a"], t["a"] + 6, trunk(1), peer=phone("101", 1), answer=t["a"], disposition="NO ANSWER",
               called="78001112233", sequence=1),
        half(a, f"{t['a'] + 1}.11", t["a"] + 1, 0, t["a"] + 6, "101", 1),
        half(a, f"{t['a'] + 12}.12", t["a"] + 12, t["a"] + 20, t["a"] + 80, "102", 2),
        Record(a, t["a"] + 7, t["a"] + 80, trunk(1), peer=phone("102", 2), answer=t["a"] + 7,
               called="78001112233", sequence=2),
        Record(b, t["b"], t["b"] + 30, trunk(2), answer=t["b"], disposition="NO ANSWER",
               called="78001112233"),
        Record(c, t["c"], t["c"] + 3, trunk(3), answer=t["c"], disposition="NO ANSWER", called="78001112233"),
        Record(d, t["d"], t["d"] + 15, trunk(4), answer=t["d"], disposition="NO ANSWER",
               called="78001112233"),
        half(d, f"{t['d'] + 16}.13", t["d"] + 16, t["d"] + 25, t["d"] + 65, "103", 3),
        Record(d, t["d"] + 15, t["d"] + 65, trunk(4), dialled="700", words="700,t", answer=t["d"] + 15,
               peer=phone("103", 3), called="78001112233"),
        half(e, f"{t['e'] + 2}.14", t["e"] + 2, t["e"] + 8, t["e"] + 38, "101", 4),
        Record(e, t["e"], t["e"] + 38, trunk(5), answer=t["e"], peer=phone("101", 4), called="78001112233"),
        half(e, f"{t['e'] + 39}.15", t["e"] + 39, t["e"] + 43, t["e"] + 63, "103", 5),
        Record(e, t["e"] + 38, t["e"] + 63, trunk(5), dialled="700", words="700,t", answer=t["e"] + 38,
               peer=phone("103", 5), called="78001112233"),
        Record(f, t["f"], t["f"] + 56, trunk(6), "ext-group", dialled="650", peer="PJSIP/104-00000006",
               app="Dial", words="PJSIP/104,20,tr", answer=t["f"] + 6, called="78001112234"),
        Record(g, t["g"], t["g"] + 12, trunk(7), "ivr-1", dialled="s", app="BackGround", words="hello",
               answer=t["g"], called="78001112233"),
        Record(h, t["h"], t["h"] + 70, "PJSIP/101-00000008", "from-internal", "101", "89161112233",
               peer=trunk(8), app="Dial", words="PJSIP/89161112233@provider", answer=t["h"] + 9),
        Record(i, t["i"], t["i"] + 33, "PJSIP/101-00000009", "from-internal", "101", "102",
               peer="PJSIP/102-0000000a", app="Dial", words="PJSIP/102", answer=t["i"] + 3),
    ]  # fmt: skip


WANTED = {
    "offered": 8, "answered": 5, "abandoned": 2, "overflow": 1, "transferred": 1,
    "talk_ms": 1000 * (60 + 40 + 30 + 20 + 50), "wait_ms": 1000 * (20 + 10 + 8 + 5 + 6),
}  # fmt: skip
"""Of queues 600 (a b c d e), 700 (d e) and 650 (f)."""
