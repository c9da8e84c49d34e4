"""Money: whole minor units of one currency. Never a float; a rate is a Decimal; rounding stands where it is
done."""

from decimal import ROUND_HALF_EVEN, Decimal

from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Invalid

# ISO 4217 currencies whose minor unit is not a hundredth.
_DECIMALS = {
    "BHD": 3,
    "CLP": 0,
    "IQD": 3,
    "ISK": 0,
    "JOD": 3,
    "JPY": 0,
    "KRW": 0,
    "KWD": 3,
    "OMR": 3,
    "PYG": 0,
    "TND": 3,
    "UGX": 0,
    "VND": 0,
    "VUV": 0,
    "XAF": 0,
    "XOF": 0,
    "XPF": 0,
}


class Money(Value):
    """An amount. minor: in the smallest unit (kopecks, cents). currency: ISO 4217, three capital letters."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(minor=self.minor + self._same(other).minor, currency=self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(minor=self.minor - self._same(other).minor, currency=self.currency)

    def times(self, factor: Decimal) -> "Money":
        """Multiplied, rounded half to even to a whole minor unit."""
        exact = Decimal(self.minor) * factor
        return Money(minor=int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)), currency=self.currency)

    @property
    def major(self) -> Decimal:
        """In roubles, dollars ..., exactly."""
        return Decimal(self.minor).scaleb(-decimals_of(self.currency))

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise Invalid("currencies_differ", first=self.currency, second=other.currency)
        return other


def decimals_of(currency: str) -> int:
    """How many digits follow the point in this currency."""
    return _DECIMALS.get(currency, 2)


def is_currency(code: str) -> bool:
    """Whether this has the form of an ISO 4217 code."""
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()
