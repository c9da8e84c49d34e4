"""Chains of transfers: which moves there are, which may follow which, and twenty chains drawn from a seed."""

import itertools
from random import Random

SEED = 20261122
COUNT = 20
LONGEST = 4

KINDS = {
    "blind agent": "straight to a colleague",
    "blind queue": "straight to a queue",
    "attended agent": "a colleague is asked first",
    "attended queue": "somebody of a queue is asked first",
    "swapped agent": "a colleague is asked, with a change over before and back",
    "conference": "all three talk, then the first one leaves",
    "taken back": "a supervisor puts the customer back to the head of the queue",
}
LAST_KINDS = {
    "blind outside": "straight to a number",
    "attended outside": "a number is asked first",
}
"""After these no agent has the customer, so nothing follows."""

Chain = tuple[str, ...]


def chains() -> list[Chain]:
    """Every kind stands in one of them, and every pair of a kind and its next that there is room for; no two
    are alike. The same for the same seed."""
    chance = Random(SEED)
    wanted = [*itertools.product(KINDS, KINDS), *itertools.product(KINDS, LAST_KINDS)]
    chance.shuffle(wanted)
    made: list[Chain] = []
    while len(made) < COUNT:
        chain = list(wanted.pop(0))
        while len(chain) < LONGEST and chain[-1] not in LAST_KINDS:
            following = next((pair for pair in wanted if pair[0] == chain[-1]), None)
            if following is None:
                break
            wanted.remove(following)
            chain.append(following[1])
        made.append(tuple(chain))
    return made


CHAINS = chains()
