"""Reports on paper: text stays text, the folder is sealed, sizes and letters are those that were asked."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from otklik.api.paper import typesetting
from otklik.api.paper.composing import MOST_ROWS, Letterhead, days_of, paper_of, title_of
from otklik.api.paper.pictures import bars, nice_step, picture_of
from otklik.api.paper.typesetting import pdf_of
from otklik.api.sheet import Sheet
from otklik.organization.logo import Logo
from otklik.vocabulary.refusals import Refused

pytestmark = pytest.mark.fast

SOURCE = Path(__file__).parent.parent.parent / "src" / "otklik"
MOSCOW = ZoneInfo("Europe/Moscow")
EVIL = (
    '#read("/etc/passwd")',
    "$x^2$ *bold* _slant_ @ref <label>",
    "= Heading",
    '#import "@preview/a:1.0.0": *',
    "</text><script>1</script> & \"quoted\" 'too'",
    "\\u{1F600} // note /* more */ `raw`",
    "Ёлки-палки, ООО «Ромашка»",
)
HOUSE = Letterhead('Отклик & Co #eval("1")', None, "ru")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def days(names: tuple[str, ...] = EVIL) -> Sheet:
    return Sheet(
        "days-2026-11-20-2026-11-22",
        ("from", "to", "queue", "offered", "answered", "abandoned", "overflows", "service_level"),
        [
            {
                "from": datetime(2026, 11, 19, 21, tzinfo=UTC),
                "to": datetime(2026, 11, 20, 21, tzinfo=UTC),
                "queue": name,
                "offered": 1200 + number,
                "answered": 1000,
                "abandoned": 150,
                "overflows": 50 + number,
                "service_level": 0.8125,
            }
            for number, name in enumerate(names)
        ],
        MOSCOW,
        [("zone", "Europe/Moscow"), ("offered", "offered")],
        totals={"offered": 8421, "service_level": None},
    )


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text)


def text_of(made: bytes) -> str:
    return plain("".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages))


async def test_text_of_people_is_shown_as_it_is_and_never_read_as_markup() -> None:
    paper = paper_of(days(), HOUSE, "ru", "a4")

    made = await pdf_of(replace(paper, title=EVIL[0], subtitle=EVIL[1], foot=EVIL[3]))

    text = text_of(made)
    for evil in EVIL:
        assert plain(evil) in text
    assert text.count(plain(EVIL[0])) == 2, "as a title and in the table"
    assert plain(HOUSE.company) in text
    assert "root:" not in text
    reader = PdfReader(io.BytesIO(made))
    assert reader.metadata is not None
    assert reader.metadata.title == EVIL[0]


async def test_sizes_are_a4_and_letter_and_wide_tables_lie_across() -> None:
    few = replace(days(("sales",)), columns=("queue", "offered", "service_level"))

    async def size(sheet: Sheet, wanted: str) -> tuple[int, int]:
        made = await pdf_of(paper_of(sheet, HOUSE, "en", wanted))  # type: ignore[arg-type]  # the two there are
        box = PdfReader(io.BytesIO(made)).pages[0].mediabox
        return round(box.width), round(box.height)

    assert await size(few, "a4") == (595, 842)
    assert await size(few, "us-letter") == (612, 792)
    assert await size(days(("sales",)), "a4") == (842, 595)


async def test_letters_come_from_our_font_only_and_pages_are_counted() -> None:
    long = replace(days(), rows=[*days(("Продажи",)).rows] * 40)

    made = await pdf_of(
        replace(paper_of(long, HOUSE, "ru", "a4"), logo=Logo(media_type="image/png", content=PIXEL))
    )

    reader = PdfReader(io.BytesIO(made))
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in reader.pages
        for font in page["/Resources"].get("/Font", {}).values()  # type: ignore[union-attr, index]
    }
    assert len(reader.pages) > 1
    assert f"Стр.1из{len(reader.pages)}" in text_of(made)
    assert fonts
    assert all("Inter" in font for font in fonts), fonts
    assert "Продажи" in text_of(made)
    assert "20.11.2026–21.11.2026" in text_of(made)


@pytest.mark.parametrize("path", ["/../../../../../../etc/hostname", "/etc/hostname"])
async def test_the_template_itself_can_read_nothing_outside_its_folder(tmp_path: Path, path: str) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "paper.typ").write_text(f'#read("{path}")')

    with pytest.raises(Refused) as refused:
        await typesetting._made(tmp_path)

    assert refused.value.code == "pdf_failed"


def test_no_process_that_runs_for_long_loads_the_typesetter() -> None:
    importing = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r"^\s*(import|from) typst", path.read_text(), re.MULTILINE)
    }
    asking = [path for path in SOURCE.rglob("*.py") if "paper.worker import" in path.read_text()]

    assert importing == {"api/paper/worker.py"}
    assert asking == []


def test_a_paper_of_more_rows_than_anybody_reads_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        paper_of(replace(days(), rows=[{}] * (MOST_ROWS + 1)), HOUSE, "ru", "a4")

    assert (refused.value.code, refused.value.facts) == (
        "too_long_for_pdf",
        {"rows": MOST_ROWS + 1, "most": MOST_ROWS},
    )


def test_titles_and_days_are_those_of_the_file() -> None:
    assert title_of("days-2026-11-20-2026-11-22", "ru") == "Очереди по дням"
    assert title_of("agent-7-2026-11-20", "en") == "An agent's day"
    assert days_of("days-2026-11-20-2026-11-22", "ru") == "20.11.2026 – 21.11.2026"
    assert days_of("agent-7-2026-11-20", "en") == "2026-11-20"


def test_every_report_that_has_a_file_has_a_title_on_paper() -> None:
    routes = "".join(path.read_text() for path in (SOURCE / "api/routes").glob("*.py"))
    kinds = set(re.findall(r'f"([a-z-]+)-\{(?:from_|agent|found|first)', routes)) - {
        "alerts",
        "recordings",
        "surveys",
    }

    assert {"days", "heat", "timesheet", "agent", "page"} <= kinds
    for locale in ("ru", "en"):
        for kind in kinds:
            assert title_of(f"{kind}-2026-11-20", locale) != kind, kind  # type: ignore[arg-type]  # these two


def test_bars_are_as_tall_as_their_numbers_and_labels_are_text() -> None:
    sums = {EVIL[4]: [30.0, 10.0], "b": [0.0, 20.0]}
    drawn = ElementTree.fromstring(bars(sums, [("x", "#111"), ("y", "#222")]))
    rects = [one for one in drawn.iter() if one.tag.endswith("rect") and one.get("width") != "9"]
    tall = {(one.get("x"), one.get("fill")): float(str(one.get("height"))) for one in rects}

    first, second = sorted({x for x, _ in tall}, key=lambda x: float(str(x)))
    assert tall[first, "#111"] == pytest.approx(3 * tall[first, "#222"], abs=0.2)
    assert tall[second, "#222"] == pytest.approx(2 * tall[first, "#222"], abs=0.2)
    assert (second, "#111") not in tall
    assert any((one.text or "").startswith("</text>") for one in drawn.iter())


@pytest.mark.parametrize(("most", "step"), [(0, 0), (1, 0.2), (7, 2), (40, 10), (99, 20), (1200, 500)])
def test_lines_of_a_chart_stand_at_round_numbers(most: float, step: float) -> None:
    assert nice_step(most) == pytest.approx(step)


def test_a_day_is_drawn_by_the_hour_and_days_by_their_date() -> None:
    by_hour = Sheet(
        "intervals",
        ("from", "queue", "answered", "overflows", "abandoned"),
        [{"from": datetime(2026, 11, 20, 6, minute, tzinfo=UTC), "answered": 4} for minute in (0, 15, 30)],
        MOSCOW,
    )
    several = replace(
        by_hour,
        rows=[{"from": datetime(2026, 11, day, 21, tzinfo=UTC), "answered": 4} for day in (19, 20)],
    )

    assert ">09:00<" in picture_of(by_hour, "ru")
    assert all(label in picture_of(several, "ru") for label in (">20.11<", ">21.11<"))
    assert picture_of(Sheet("x", ("queue",), [{"queue": "a"}]), "ru") == ""
