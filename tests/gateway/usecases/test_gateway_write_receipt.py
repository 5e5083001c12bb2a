"""Receipts as PDF: for everybody's eyes and ears, and the same wherever they are written."""

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from services.gateway.domain.receipt import PaidPolicy
from services.gateway.domain.wording import Language
from services.gateway.providers.typesetter import Typesetter
from services.gateway.usecases.write_receipt import ReceiptWriter
from tests.gateway.receipt_facts import EVERGREEN, HELP, REFERENCE, make_receipt, months

LONG = (
    PaidPolicy("EV-1001", "Evergreen Health Plan", "Evergreen Silver 2500", months(10)),
    PaidPolicy("DN-5522", "Bright Dental", "Bright Dental Family", months(4, 4_210)),
)


@pytest.fixture(scope="module")
def writer() -> ReceiptWriter:
    """A writer with the fonts that were built."""
    return ReceiptWriter(HELP, Typesetter())


def catalog(pdf: PdfReader) -> Any:
    """The root of a PDF."""
    return pdf.trailer["/Root"]


def text_of(pdf: PdfReader) -> str:
    """All its text, as a reader hears it."""
    return " ".join(" ".join(page.extract_text().split()) for page in pdf.pages)


def structure(pdf: PdfReader) -> list[str]:
    """The kinds of its tagged elements, from top to bottom."""
    found: list[str] = []

    def walk(node: Any) -> None:
        element = node.get_object()
        if isinstance(element, list):
            for child in element:
                walk(child)
        elif isinstance(element, dict):
            if "/S" in element:
                found.append(str(element["/S"]))
            if "/K" in element:
                walk(element["/K"])

    walk(catalog(pdf)["/StructTreeRoot"])
    return found


@pytest.mark.parametrize(("language", "spoken"), [(Language.EN, "en"), (Language.ES, "es")])
async def test_a_receipt_can_be_read_aloud(writer: ReceiptWriter, language: Language, spoken: str) -> None:
    """It is PDF/UA-1: tagged, with its language and a title that says what it is."""
    pdf = PdfReader(BytesIO(await writer.write(make_receipt(EVERGREEN), language)))
    root = catalog(pdf)
    assert root["/MarkInfo"]["/Marked"].value
    assert str(root["/Lang"]).startswith(spoken)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    title = "Payment receipt" if language is Language.EN else "Recibo de pago"
    assert pdf.metadata is not None
    assert pdf.metadata.title == f"{title} {REFERENCE}"


async def test_headings_and_tables_are_tagged_as_what_they_are(writer: ReceiptWriter) -> None:
    """One main heading, the sections below it, and tables with header cells; the mark is decoration."""
    tags = structure(PdfReader(BytesIO(await writer.write(make_receipt(*LONG, credit_cents=5), Language.EN))))
    assert tags.count("/H1") == 1
    assert tags.count("/H2") == 3, "what was paid, the credit, help"
    assert tags.count("/H3") == tags.count("/Table") == 2
    assert tags.count("/TH") == 6
    assert tags.count("/Link") == 1
    assert "/Figure" not in tags


async def test_the_text_can_be_found_and_copied(writer: ReceiptWriter) -> None:
    """The reference, the amount and every fact are text, not shapes."""
    text = text_of(PdfReader(BytesIO(await writer.write(make_receipt(EVERGREEN), Language.EN))))
    for said in (REFERENCE, "$272.50", "Nora Lindqvist", "Visa card ending in 4242", "Policy EV-1001", "January 2027",
                 "HEALTHCONN HC7K3MQ9XD2", "Health Connector", "1-800-555-0134", "Page 1 of 1"):  # fmt: skip
        assert said in text


async def test_accents_are_shown(writer: ReceiptWriter) -> None:
    """Spanish names and words stand there as they are written."""
    receipt = make_receipt(EVERGREEN, paid_by="Lucía Ñáñez Güell")
    text = text_of(PdfReader(BytesIO(await writer.write(receipt, Language.ES))))
    for said in ("Lucía Ñáñez Güell", "Número de referencia del pago", "Póliza", "Guarde este recibo", "¿Preguntas"):
        assert said in text


async def test_many_months_go_on_over_the_page(writer: ReceiptWriter) -> None:
    """14 months stand on two pages; each page says which one it is, and the second whose it is."""
    pdf = PdfReader(BytesIO(await writer.write(make_receipt(*LONG), Language.EN)))
    first, second = (page.extract_text() for page in pdf.pages)
    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in second
    assert REFERENCE in second
    assert "Total for this policy" in second
    assert "Policy DN-5522" in second, "a policy is not torn from its name"


async def test_what_people_typed_stays_text(writer: ReceiptWriter) -> None:
    """A name in the language of the typesetter is a name: nothing in it is carried out."""
    typed = '#panic("x") *b* $x$ @ref <label> \\ #read("/etc/passwd") // "'
    receipt = make_receipt(PaidPolicy("#1", "= Heading", "`raw`", months(1)), paid_by=typed)
    text = text_of(PdfReader(BytesIO(await writer.write(receipt, Language.EN))))
    assert typed.replace(" ", "") in text.replace(" ", "")
    assert "= Heading" in text


@pytest.mark.parametrize("name", ["Иван Петров", "王小明", "Zoë 🙂", "محمد"])
async def test_every_alphabet_gets_a_receipt(writer: ReceiptWriter, name: str) -> None:
    """A name with letters that our fonts do not have is no reason to give no receipt; its tags stay."""
    pdf = PdfReader(BytesIO(await writer.write(make_receipt(EVERGREEN, paid_by=name), Language.EN)))
    assert REFERENCE in text_of(pdf)
    assert catalog(pdf)["/MarkInfo"]["/Marked"].value


async def test_the_same_receipt_is_the_same_file(writer: ReceiptWriter) -> None:
    """It depends on what was paid alone: not on when or where it is written."""
    first = await writer.write(make_receipt(EVERGREEN), Language.EN)
    assert await writer.write(make_receipt(EVERGREEN), Language.EN) == first
