"""Papers hold what people wrote, letter by letter, and nothing people write is read as markup."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from pypdf import PdfReader

from core import documents
from core.documents import DocumentError

HEAD = {"city": "Kota Uji", "authority": "Pemerintah Kota Uji", "service": "Aduan Uji", "printed": "Dicetak"}
TRICKY = [
    '#panic("x")', "#read(sys.inputs.data)", "$x^2$", "`kode`", "```typ #eval(1)```", "*tebal* _miring_",
    "= judul", "@acuan <label>", "\\ #[", "#import \"/etc/passwd\": *", "<script>alert(1)</script>",
    "a/*b*/ //c", "~ -- ... 'x' \"y\"",
]  # fmt: skip


def sheet(**values: Any) -> dict[str, Any]:
    written = ("number", "received", "title", "body", "category", "place", "classification", "main", "by")
    lists: dict[str, Any] = {"copies": [], "urgencies": [], "instructions": [], "deadlines": []}
    return HEAD | dict.fromkeys(written, "-") | {"note": ""} | lists | values


def recap(rows: list[list[str]]) -> dict[str, Any]:
    figures = [{"label": "Didisposisikan", "value": str(len(rows))}]
    columns = ["kolom"] * 8
    return {
        **HEAD, "title": "Rekap", "unit": "Dinas", "figures": figures, "columns": columns, "rows": rows,
        "more": "", "empty": "Kosong",
    }  # fmt: skip


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.mark.parametrize("words", TRICKY)
@pytest.mark.parametrize("field", ["title", "note", "body", "main", "category", "by", "authority"])
def test_markup_is_only_text(words: str, field: str) -> None:
    shown = words.upper() if field == "authority" else words
    found = text_of(documents.render("disposition_sheet", sheet(**{field: words})))
    assert "".join(shown.split()) in "".join(found.split())


def test_long_words_and_long_texts_stay_on_the_paper() -> None:
    body = "y" * 2_000 + "\n\n" + "kata " * 1_600
    pdf = PdfReader(io.BytesIO(documents.render("disposition_sheet", sheet(body=body, note="z" * 1_000))))
    assert len(pdf.pages) >= 2
    text = "".join(page.extract_text() for page in pdf.pages)
    assert (text.count("y"), text.count("z")) >= (2_000, 1_000)
    for page in pdf.pages:
        assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (595, 842)


@pytest.mark.parametrize("words", ["مرحبا بالعالم", "😀😀", "e\u0301 \u200b\u200f", "\t", ""])
def test_any_letters_make_a_paper(words: str) -> None:
    assert (
        documents.render("disposition_sheet", sheet(title=words, note=words, copies=[words]))[:5] == b"%PDF-"
    )


def test_a_month_of_a_thousand_reports_is_set_in_time() -> None:
    rows = [["ABC-2611-7F3K9", "x" * 100, "Jalan", "-", "-", "-", "Ditanggapi", "-"] for _ in range(1_000)]
    began = time.monotonic()
    pdf = documents.render("unit_recap", recap(rows))
    assert time.monotonic() - began < documents.MOST_SECONDS
    assert text_of(pdf).count("ABC-2611-7F3K9") == 1_000


def test_too_much_too_slow_and_not_fitting_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DocumentError, match="bytes"):
        documents.render("disposition_sheet", sheet(body="x" * documents.MOST_DATA))
    with pytest.raises(DocumentError):
        documents.render("disposition_sheet", HEAD)
    with monkeypatch.context() as patch:
        patch.setattr(documents, "MOST_SECONDS", 0.0)
        patch.setattr(documents, "_compiled", lambda *_: time.sleep(0.2))
        with pytest.raises(DocumentError, match="seconds"):
            documents.render("disposition_sheet", sheet())


@pytest.mark.parametrize("name", ["", "../layouts/base", "tidak_ada", "disposition_sheet.typ", "/etc/passwd"])
def test_only_templates_are_templates(name: str) -> None:
    with pytest.raises(ValueError, match="no such template"):
        documents.render(name, {})
