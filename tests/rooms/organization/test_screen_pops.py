"""Addresses that open for agents: where they may lead, and that nothing filled in leads them elsewhere."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.organization.screen_pops import (
    VARIABLES,
    PopMoment,
    ScreenPop,
    check_host,
    check_template,
    chosen,
    filled,
)
from otklik.vocabulary.refusals import Invalid

pytestmark = pytest.mark.fast

HOSTS = ("crm.example.ru",)
GOOD = "https://crm.example.ru/card/{customer_id}?phone={caller}&a={field.Счёт №}#top"


def test_an_address_is_filled_with_what_is_known() -> None:
    values = {"customer_id": "12", "caller": "+79161234567", "field.Счёт №": "А/1 &x=y"}
    address = filled(GOOD, values, HOSTS)
    assert address is not None
    assert parse_qs(urlsplit(address).query) == {"phone": ["+79161234567"], "a": ["А/1 &x=y"]}
    assert filled(GOOD, {}, HOSTS) == "https://crm.example.ru/card/?phone=&a=#top"


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("http://crm.example.ru/", "https_only"),
        ("javascript:alert(1)", "https_only"),
        ("//crm.example.ru/", "https_only"),
        ("https://other.example.ru/", "host_not_allowed"),
        ("https://crm.example.ru.evil.com/", "host_not_allowed"),
        ("https://crm.example.ru@evil.com/", "template_unfit"),
        ("https://{caller}.example.ru/", "template_unfit"),
        ("https://{caller}@crm.example.ru/", "template_unfit"),
        ("https://crm.example.ru\\@evil.com/", "template_unfit"),
        ("https://crm.example.ru:8443/", "template_unfit"),
        ("https://crm.example.ru:x/", "template_unfit"),
        ("https:///card", "template_unfit"),
        ("https://crm.example.ru/{caller", "template_unfit"),
        ("https://crm.example.ru/{{caller}}", "template_unfit"),
        ("https://crm.example.ru/ {caller}", "template_unfit"),
        ("https://crm.example.ru/\n", "template_unfit"),
        ("https://crm.example.ru/{password}", "unknown_variable"),
        ("https://crm.example.ru/{field.}", "unknown_variable"),
    ],
)
def test_an_address_that_may_lead_elsewhere_is_refused(template: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_template(template, HOSTS)
    assert refused.value.code == code
    assert filled(template, {}, HOSTS) is None


@given(st.dictionaries(st.sampled_from(sorted(VARIABLES)), st.text(max_size=60)))
def test_whatever_is_filled_in_stays_where_it_stands(values: dict[str, str]) -> None:
    template = "https://crm.example.ru/a/{customer}/b?x={caller}&y={queue}"
    plain = {name: value for name, value in values.items() if value.isprintable()}
    address = filled(template, plain, HOSTS)
    if address is None:
        return
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("https", "crm.example.ru")
    assert parts.path.count("/") == 3
    assert set(parse_qs(parts.query, keep_blank_values=True)) == {"x", "y"}


def test_a_host_that_was_taken_off_the_list_opens_no_more() -> None:
    assert filled(GOOD, {}, ()) is None


@pytest.mark.parametrize("host", ["", "localhost", "a..b", "-a.ru", "a.ru/x", "a.ru:443", "a b.ru", "*.ru"])
def test_a_host_is_a_whole_name(host: str) -> None:
    with pytest.raises(Invalid):
        check_host(host)


def test_hosts_are_compared_in_small_letters() -> None:
    assert check_host(" CRM.Example.ru. ") == "crm.example.ru"
    check_template("https://CRM.example.ru/x", HOSTS)


def test_the_page_of_the_queue_comes_before_that_of_the_project_and_of_all() -> None:
    every = ScreenPop(pop_id=1, name="a", template="x")
    project = ScreenPop(pop_id=2, name="b", template="x", project_ids=(1,))
    queue = ScreenPop(pop_id=3, name="c", template="x", queue_ids=(5,))
    off = ScreenPop(pop_id=4, name="0", template="x", queue_ids=(5,), is_on=False)
    later = ScreenPop(pop_id=5, name="0", template="x", queue_ids=(5,), moment=PopMoment.ANSWER)
    pops = [every, project, queue, off, later]

    def at(queue_id: int, project_id: int) -> int:
        found = chosen(pops, PopMoment.RING, queue_id, project_id)
        return found.pop_id if found else 0

    assert (at(5, 1), at(6, 1), at(6, 2)) == (3, 2, 1)
    assert chosen([queue], PopMoment.RING, 6, 1) is None
