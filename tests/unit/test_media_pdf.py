"""PDF uploads: what paints a page stays, everything else is gone."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Link
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from core.media import UploadRefused, inspect

SECRETS = [
    b"rahasia",
    b"JavaScript",
    b"/JS",
    b"/Launch",
    b"EmbeddedFile",
    b"OpenAction",
    b"/Annots",
    b"pypdf",
]


def written(writer: PdfWriter) -> bytes:
    target = BytesIO()
    writer.write(target)
    return target.getvalue()


def scan(secret: bytes = b"rahasia") -> StreamObject:
    """A phone's JPEG as an image of a page, position and comment included."""
    exif = Image.Exif()
    exif[0x013B] = secret.decode()
    target = BytesIO()
    Image.new("RGB", (20, 20), "red").save(target, "JPEG", exif=exif, comment=secret)
    stream = StreamObject()
    stream.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Image"),
            NameObject("/Width"): NumberObject(20),
            NameObject("/Height"): NumberObject(20),
            NameObject("/ColorSpace"): NameObject("/DeviceRGB"),
            NameObject("/BitsPerComponent"): NumberObject(8),
            NameObject("/Filter"): NameObject("/DCTDecode"),
            NameObject("/Metadata"): DecodedStreamObject(),
        }
    )
    stream.set_data(target.getvalue())
    return stream


def document(pages: int = 1) -> PdfWriter:
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    content = DecodedStreamObject()
    content.set_data(b"BT /F1 12 Tf 20 100 Td (Surat pengaduan) Tj ET q 20 0 0 20 0 0 cm /Im1 Do Q")
    shared, picture, text = writer._add_object(font), writer._add_object(scan()), writer._add_object(content)
    for _ in range(pages):
        page = writer.add_blank_page(200, 200)
        page[NameObject("/Contents")] = text
        page[NameObject("/Resources")] = DictionaryObject(
            {
                NameObject("/Font"): DictionaryObject({NameObject("/F1"): shared}),
                NameObject("/XObject"): DictionaryObject({NameObject("/Im1"): picture}),
                NameObject("/Junk"): TextStringObject("rahasia"),
            }
        )
    return writer


def hostile() -> bytes:
    writer = document()
    script = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("rahasia()")}
    )
    writer.root_object[NameObject("/Names")] = DictionaryObject(
        {NameObject("/JavaScript"): DictionaryObject({NameObject("/Names"): ArrayObject([script])})}
    )
    writer.add_attachment("rahasia.exe", b"MZ rahasia")
    writer.add_metadata({"/Author": "rahasia", "/Title": "rahasia"})
    writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url="http://rahasia.example"))
    writer.add_annotation(0, FreeText(text="rahasia", rect=(0, 0, 50, 50)))
    launch = DictionaryObject(
        {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("rahasia")}
    )
    writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): launch})
    writer.root_object[NameObject("/OpenAction")] = launch
    writer.pages[0]["/Resources"]["/XObject"][NameObject("/Im2")] = DictionaryObject(  # type: ignore[index]
        {NameObject("/Type"): NameObject("/Filespec"), NameObject("/EF"): DictionaryObject()}
    )
    return written(writer)


def test_the_pages_stay() -> None:
    clean = inspect("surat.docx", written(document(3)))
    assert (clean.media_type, clean.extension, clean.name) == ("application/pdf", "pdf", "surat.pdf")
    assert (clean.width, clean.height, clean.thumbnail, clean.captured_at) == (None, None, None, None)
    reader = PdfReader(BytesIO(clean.data))
    assert len(reader.pages) == 3
    assert "Surat pengaduan" in reader.pages[2].extract_text()
    assert reader.pages[0].images[0].image is not None
    assert reader.pages[0].mediabox.width == 200


def test_what_acts_or_identifies_is_gone() -> None:
    dirty = hostile()
    assert all(secret in dirty for secret in SECRETS)
    clean = inspect("a.pdf", dirty).data
    for secret in SECRETS:
        assert secret not in clean, secret
    reader = PdfReader(BytesIO(clean))
    assert set(reader.root_object) == {"/Type", "/Pages"}
    assert "/Info" not in reader.trailer
    assert set(reader.pages[0]) <= {"/Type", "/MediaBox", "/Resources", "/Contents", "/Parent"}
    assert list(reader.pages[0]["/Resources"]["/XObject"]) == ["/Im1"]  # type: ignore[index]


def test_cleaning_twice_changes_nothing_more() -> None:
    once = inspect("a.pdf", hostile()).data
    assert inspect("a.pdf", once).data == once


def test_an_archive_behind_the_document_is_gone() -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("jahat.js", "rahasia")
    polyglot = written(document()) + archive.getvalue()
    assert zipfile.is_zipfile(BytesIO(polyglot))
    assert not zipfile.is_zipfile(BytesIO(inspect("a.pdf", polyglot).data))


@pytest.mark.parametrize("front", [b"\n", b"\xef\xbb\xbf", b"PK\3\4", b"<script>"])
def test_a_document_behind_something_else_is_refused(front: bytes) -> None:
    with pytest.raises(UploadRefused, match="harus JPG"):
        inspect("a.pdf", front + written(document()))


def test_a_locked_document_is_refused() -> None:
    writer = document()
    writer.encrypt("sandi", algorithm="AES-256")
    with pytest.raises(UploadRefused, match=r"a\.pdf terkunci") as caught:
        inspect("a.pdf", written(writer))
    assert caught.value.code == "encrypted"


def test_too_many_pages_are_refused() -> None:
    assert inspect("a.pdf", written(document(50))).data
    with pytest.raises(UploadRefused, match="lebih dari 50 halaman"):
        inspect("a.pdf", written(document(51)))


@pytest.mark.parametrize("data", [b"%PDF-", b"%PDF-1.7\n%%EOF", b"%PDF-1.4\n" + b"\xff" * 500])
def test_no_document_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(UploadRefused) as caught:
        inspect("a.pdf", data)
    assert caught.value.code == "damaged"


def test_a_document_without_pages_is_refused() -> None:
    with pytest.raises(UploadRefused) as caught:
        inspect("a.pdf", written(PdfWriter()))
    assert caught.value.code == "damaged"


def test_a_page_that_leads_round_in_circles_ends() -> None:
    writer = document()
    form = DecodedStreamObject()
    reference = writer._add_object(form)
    form[NameObject("/Subtype")] = NameObject("/Form")
    form[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/XObject"): DictionaryObject({NameObject("/Self"): reference})}
    )
    writer.pages[0]["/Resources"]["/XObject"][NameObject("/Fm")] = reference  # type: ignore[index]
    assert len(PdfReader(BytesIO(inspect("a.pdf", written(writer)).data)).pages) == 1


def test_too_many_objects_are_refused() -> None:
    writer = document()
    crowd = ArrayObject([DictionaryObject() for _ in range(60_000)])
    writer.pages[0]["/Resources"]["/Font"][NameObject("/F9")] = crowd  # type: ignore[index]
    with pytest.raises(UploadRefused) as caught:
        inspect("a.pdf", written(writer))
    assert caught.value.code == "damaged"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damage=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), min_size=1, max_size=8))
def test_damage_is_survived_or_refused(damage: list[tuple[float, bytes]]) -> None:
    data = bytearray(hostile())
    for place, noise in damage:
        start = 5 + int(place * (len(data) - 10))
        data[start : start + len(noise)] = noise
    code = None
    try:
        reader = PdfReader(BytesIO(inspect("a.pdf", bytes(data)).data))
    except UploadRefused as problem:
        code = problem.code
    else:
        assert set(reader.root_object) == {"/Type", "/Pages"}
        assert all("/Annots" not in page and "/AA" not in page for page in reader.pages)
    assert code in {None, "damaged", "encrypted", "too_many_pages"}
