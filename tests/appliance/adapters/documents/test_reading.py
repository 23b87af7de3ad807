"""Each kind of file becomes blocks under headings; what is damaged or too much is one sentence."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile

import pytest
from docx import Document as new_docx
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from appliance.adapters.documents import docx, reading
from appliance.adapters.documents.reading import UnreadableDocument, read


def pdf(
    *pages: tuple[str, ...], title: str = "House rules", outline: bool = False, password: str | None = None
) -> bytes:
    out = io.BytesIO()
    from reportlab.lib.pdfencrypt import StandardEncryption

    canvas = Canvas(out, pagesize=A4, encrypt=StandardEncryption(password) if password else None)
    canvas.setTitle(title)
    for lines in pages:
        if outline:
            canvas.bookmarkPage(lines[0])
            canvas.addOutlineEntry(lines[0], lines[0])
        for number, line in enumerate(lines):
            canvas.drawString(72, 750 - 18 * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def word() -> bytes:
    made = new_docx()
    made.add_heading("Fees", 1)
    made.add_heading("Cash", 2)
    made.add_paragraph("Our machines are free.")
    table = made.add_table(rows=2, cols=2)
    for row, cells in zip(table.rows, (("Card", "Fee"), ("Gold", "12 dollars")), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def shown(name: str, raw: bytes | str) -> list[tuple[str, ...]]:
    document = read(name, raw.encode() if isinstance(raw, str) else raw)
    return [(*block.headings, block.text) for block in document.blocks]


def test_markdown_with_lists_tables_and_code() -> None:
    text = "---\nx: 1\n---\n# Fees\n\nAll *fees* in [dollars](x).\n\n- one\n- two\n\n## Cards\n\n"
    text += "| Card | Fee |\n|---|---|\n| Gold | 12 |\n"
    assert shown("fees.md", text) == [
        ("Fees", "All fees in dollars."),
        ("Fees", "one"),
        ("Fees", "two"),
        ("Fees", "Cards", "Card: Gold; Fee: 12."),
    ]
    assert read("fees.md", text.encode()).title == "Fees"
    assert read("house_rules.txt", b"Be kind.").title == "house rules"


def test_html_without_menus_and_scripts() -> None:
    text = """<title>Cards</title><nav>Home</nav><h1>Cards</h1>Loose <b>text</b><p>Lost? Call<br>us.</p>
    <script>no()</script>
    <div><h2>PIN</h2><ul><li>One</li><li>Two</li></ul></div>
    <table><tr><th>Card</th><th>Fee</th></tr><tr><td>Gold</td><td>12</td></tr></table><form>Name</form>"""
    assert shown("cards.html", text) == [
        ("Cards", "Loose text"),
        ("Cards", "Lost? Call us."),
        ("Cards", "PIN", "One"),
        ("Cards", "PIN", "Two"),
        ("Cards", "PIN", "Card: Gold; Fee: 12."),
    ]


def test_pdf_with_pages_and_headings() -> None:
    raw = pdf(("Opening hours", "Branches open at nine.", "They close at five."), ("Parking", "Parking is free."))
    document = read("rules.pdf", raw)
    assert document.title == "House rules"
    assert [(block.headings, block.text, block.page) for block in document.blocks] == [
        (("Opening hours",), "Branches open at nine. They close at five.", 1),
        (("Parking",), "Parking is free.", 2),
    ]
    assert read("rules.pdf", pdf(("The House", "Is open."), outline=True)).blocks[0].headings == ("The House",)


def test_word_with_headings_and_tables() -> None:
    assert shown("fees.docx", word()) == [
        ("Fees", "Cash", "Our machines are free."),
        ("Fees", "Cash", "Card: Gold; Fee: 12 dollars."),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_by_row_and_questions_with_answers(separator: str) -> None:
    rows = ["Branch,Hours", "Harbour,9 to 5", ",", "Market,10 to 6"]
    assert shown("b.csv", "\n".join(rows).replace(",", separator)) == [
        ("Branch: Harbour; Hours: 9 to 5.",),
        ("Branch: Market; Hours: 10 to 6.",),
    ]
    asked = "Question,Answer\nIs it free?,Yes it is.\n".replace(",", separator)
    assert shown("faq.csv", asked) == [("Is it free?", "Yes it is.")]


def test_text_in_older_encodings() -> None:
    assert shown("a.txt", "Gebühr".encode("cp1252")) == [("Gebühr",)]
    assert shown("a.txt", "Gebühr".encode("utf-16")) == [("Gebühr",)]


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.exe", b"MZ", "a.exe is of no kind that can be read"),
        ("a.md", b"", "a.md is empty"),
        ("a.md", b" \n ", "a.md has no text"),
        ("a.txt", b"a\0b", "a.txt is no text"),
        ("a.pdf", b"hello", "a.pdf is no PDF file"),
        ("a.pdf", b"%PDF-1.7\n garbage", "a.pdf is damaged"),
        ("a.docx", b"PK no", "a.docx is damaged"),
        ("a.csv", b"Only,heads\n", "a.csv has no text"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_sentence(name: str, raw: bytes, said: str) -> None:
    with pytest.raises(UnreadableDocument, match=said):
        read(name, raw)


def test_a_locked_pdf_is_said_to_be_locked() -> None:
    with pytest.raises(UnreadableDocument, match=r"rules\.pdf is locked by a password"):
        read("rules.pdf", pdf(("Secret",), password="secret"))


def test_limits_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (docx.MAX_XML + 1))
    assert len(bomb.getvalue()) < 1 << 20
    with pytest.raises(UnreadableDocument, match="unpacks to more than a document may"):
        read("bomb.docx", bomb.getvalue())
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    with pytest.raises(UnreadableDocument, match="is larger than"):
        read("a.md", b"x" * 11)
    monkeypatch.setattr(reading, "MAX_BYTES", 1 << 20)
    monkeypatch.setattr(reading, "MAX_CHARACTERS", 10)
    with pytest.raises(UnreadableDocument, match="more than"):
        read("a.md", b"x" * 11)


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.html", "a.md", "a.csv"])
def test_damaged_bytes_are_read_or_refused_and_nothing_else(name: str) -> None:
    chance = random.Random(7)
    whole = {"a.pdf": pdf(("Rules", "Be kind.")), "a.docx": word()}.get(name, b"<h1>A</h1> | a,b\n# c\n| - | - |\n<p>x")
    for _ in range(40):
        raw = bytearray(whole)
        for _ in range(chance.randint(1, 30)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        with contextlib.suppress(UnreadableDocument):
            read(name, bytes(raw[: chance.randint(1, len(raw))]))
