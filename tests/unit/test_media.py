"""Uploads: what is refused, what is left of a photo or a PDF, and that nothing else gets through."""

from __future__ import annotations

import struct
import zipfile
import zlib
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from core.media import UploadLimits, UploadRefused, inspect, safe_name

GPS = {1: "S", 2: (6.0, 55.0, 3.0), 3: "E", 4: (107.0, 36.0, 5.0)}
METADATA_MARKERS = [b"Exif", b"http://ns.adobe.com", b"ICC_PROFILE", b"Photoshop", b"rahasia"]


def photo(
    size: tuple[int, int] = (640, 480),
    form: str = "JPEG",
    mode: str = "RGB",
    color: Any = None,
    **options: Any,
) -> bytes:
    target = BytesIO()
    image = Image.new(mode, size, color) if color is not None else Image.effect_noise(size, 50).convert(mode)
    image.save(target, form, **options)
    return target.getvalue()


def camera_data(
    orientation: int = 1, taken: str = "2026:11:24 09:15:00", offset: str | None = None
) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x013B] = "rahasia"
    camera = exif.get_ifd(0x8769)
    camera[0x9003] = taken
    if offset is not None:
        camera[0x9011] = offset
    exif.get_ifd(0x8825).update(GPS)
    return exif


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def pixel(image: Image.Image, place: tuple[int, int]) -> tuple[int, int, int]:
    value = image.getpixel(place)
    assert isinstance(value, tuple)
    red, green, blue = value
    return int(red), int(green), int(blue)


def refused(name: str, data: bytes, limits: UploadLimits | None = None) -> UploadRefused:
    with pytest.raises(UploadRefused) as caught:
        inspect(name, data, limits)
    return caught.value


def assert_no_metadata(data: bytes) -> None:
    image = opened(data)
    assert image.format == "JPEG"
    assert not image.getexif()
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    for marker in METADATA_MARKERS:
        assert marker not in data


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_a_small_jpeg(form: str) -> None:
    clean = inspect("jalan rusak.heic", photo((2000, 1000), form))
    assert (clean.media_type, clean.extension, clean.name) == ("image/jpeg", "jpg", "jalan rusak.jpg")
    assert (clean.width, clean.height) == (1600, 800)
    assert opened(clean.data).size == (1600, 800)
    assert clean.thumbnail is not None
    assert opened(clean.thumbnail).size == (320, 160)
    assert len(clean.thumbnail) <= 30 * 1024
    assert len(clean.sha256) == 64


def test_a_small_photo_is_not_enlarged() -> None:
    clean = inspect("a.jpg", photo((100, 50)))
    assert (clean.width, clean.height) == (100, 50)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_no_metadata_is_left(form: str) -> None:
    profile = b"\0" * 36 + b"acsp" + b"rahasia" * 30
    extra: dict[str, Any] = {"exif": camera_data(), "icc_profile": profile}
    if form == "PNG":
        extra["pnginfo"] = PngImagePlugin.PngInfo()
        extra["pnginfo"].add_text("Comment", "rahasia")
    if form == "JPEG":
        extra |= {"comment": b"rahasia", "xmp": b"<x>rahasia</x>"}
    if form == "WEBP":
        extra |= {"xmp": b"<x>rahasia</x>"}
    dirty = photo(form=form, **extra)
    assert b"rahasia" in dirty or form == "PNG"
    clean = inspect("a", dirty)
    assert_no_metadata(clean.data)
    assert clean.thumbnail is not None
    assert_no_metadata(clean.thumbnail)


@pytest.mark.parametrize(
    ("taken", "offset", "expected"),
    [
        ("2026:11:24 09:15:00", None, datetime(2026, 11, 24, 2, 15, tzinfo=UTC)),
        ("2026:11:24 09:15:00", "+09:00", datetime(2026, 11, 24, 0, 15, tzinfo=UTC)),
        ("0000:00:00 00:00:00", None, None),
        ("1970:01:01 00:00:00", None, None),
        ("kemarin", None, None),
    ],
)
def test_the_time_of_the_photo_is_read_first(
    taken: str, offset: str | None, expected: datetime | None
) -> None:
    limits = UploadLimits(camera_zone=ZoneInfo("Asia/Jakarta"))
    clean = inspect("a.jpg", photo(exif=camera_data(taken=taken, offset=offset)), limits)
    assert clean.captured_at == expected


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright(orientation: int) -> None:
    image = Image.new("RGB", (80, 40), "white")
    image.paste("red", (0, 0, 20, 20))
    target = BytesIO()
    image.save(target, "PNG", exif=camera_data(orientation))
    clean = opened(inspect("a.png", target.getvalue()).data)
    # Where the raw top left corner belongs, by the EXIF table of orientations.
    corner = {1: "lt", 2: "rt", 3: "rb", 4: "lb", 5: "lt", 6: "rt", 7: "rb", 8: "lb"}[orientation]
    x = 5 if "l" in corner else clean.width - 6
    y = 5 if "t" in corner else clean.height - 6
    assert clean.size == ((80, 40) if orientation <= 4 else (40, 80))
    red, green, _ = pixel(clean, (x, y))
    assert red > 200 > green


def test_transparency_becomes_white() -> None:
    clean = opened(inspect("a.png", photo((50, 50), "PNG", "RGBA", (255, 0, 0, 0))).data)
    assert min(pixel(clean, (25, 25))) > 250


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png(mode: str) -> None:
    color = {"I;16": 40_000, "LA": (160, 255), "RGB": (160, 160, 160), "RGBA": (160, 160, 160, 255)}.get(
        mode, 1
    )
    clean = opened(inspect("a.png", photo((30, 30), "PNG", mode, color)).data)
    assert clean.mode == "RGB"
    if mode == "I;16":
        assert abs(pixel(clean, (15, 15))[0] - 156) <= 2


def test_a_print_photo_is_read() -> None:
    assert opened(inspect("a.jpg", photo(mode="CMYK", color=(0, 0, 0, 0))).data).mode == "RGB"


def test_of_an_animation_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (40, 40), color) for color in ("red", "lime", "blue")]
    target = BytesIO()
    frames[0].save(target, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    clean = opened(inspect("a.webp", target.getvalue()).data)
    red, green, _ = pixel(clean, (20, 20))
    assert red > 200 > green


def test_an_archive_behind_a_photo_is_gone() -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("jahat.js", "rahasia")
    polyglot = photo() + archive.getvalue()
    assert zipfile.is_zipfile(BytesIO(polyglot))
    assert not zipfile.is_zipfile(BytesIO(inspect("a.jpg", polyglot).data))


def test_a_twelve_megapixel_photo_is_decoded_at_a_fraction(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[tuple[int, int]] = []
    before = Image.Image.thumbnail

    def watched(self: Image.Image, size: tuple[float, float], *rest: Any) -> None:
        decoded.append(self.size)
        before(self, size, *rest)

    monkeypatch.setattr(Image.Image, "thumbnail", watched)
    clean = inspect("a.jpg", photo((4000, 3000), mode="RGB", color=(90, 120, 60)))
    assert decoded[0] == (2000, 1500)
    assert (clean.width, clean.height) == (1600, 1200)


def test_nothing_is_refused() -> None:
    problem = refused("foto.jpg", b"")
    assert (problem.code, problem.message) == ("empty", "Berkas foto.jpg kosong")


def test_too_many_bytes_are_refused_unread() -> None:
    problem = refused("foto.jpg", b"\xff\xd8\xff" + bytes(30 * 1024 * 1024))
    assert (problem.code, problem.message) == ("too_large", "Berkas foto.jpg lebih besar dari 8 MB")


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a" + bytes(50),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ" + bytes(80),
        b"PK\3\4",
        b"x",
        b"BM",
    ],
)
def test_another_type_is_refused_whatever_its_name(data: bytes) -> None:
    problem = refused("foto.jpg", data)
    assert problem.code == "wrong_type"
    assert problem.message == "Berkas foto.jpg harus JPG, PNG, WebP, atau PDF"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_half_a_photo_is_refused(form: str) -> None:
    data = photo(form=form)
    assert refused("a", data[: len(data) // 2]).code == "damaged"


def test_a_header_alone_is_refused() -> None:
    assert refused("a", b"\xff\xd8\xff").code == "damaged"


def png_of(width: int, height: int) -> bytes:
    """A PNG that claims a size and carries one row."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(width // 8 + 1)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [7_100, 10_000, 20_000, 60_000])
def test_a_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    problem = refused("bom.png", png_of(side, side))
    assert problem.code == "too_many_pixels"
    assert problem.message == "Foto bom.png lebih dari 50 juta piksel, perkecil fotonya"


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    form=st.sampled_from(["JPEG", "PNG", "WEBP"]),
    damage=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), min_size=1, max_size=6),
)
def test_damage_is_survived_or_refused(form: str, damage: list[tuple[float, bytes]]) -> None:
    data = bytearray(photo((60, 40), form, exif=camera_data(6)))
    for place, noise in damage:
        start = 12 + int(place * (len(data) - 24))
        data[start : start + len(noise)] = noise
    code = None
    try:
        assert_no_metadata(inspect("a", bytes(data)).data)
    except UploadRefused as problem:
        code = problem.code
    assert code in {None, "damaged", "too_many_pixels", "wrong_type"}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("foto.jpg", "foto.jpg"),
        ("C:\\Users\\Siti\\foto.jpg", "foto.jpg"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie- x.jpg"),
        ("foto\u202egpj.exe", "fotogpj.exe"),
        ('a"b;c.png', "a-b-c.png"),
        ("  . .  ", "berkas"),
        ("", "berkas"),
        (".htaccess", "htaccess"),
        ("jalan\u00a0 rusak .jpg", "jalan rusak .jpg"),
    ],
)
def test_safe_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_long_name_keeps_its_ending() -> None:
    assert safe_name("x" * 300 + ".jpeg") == "x" * 75 + ".jpeg"


@given(name=st.text(max_size=300))
def test_any_name_becomes_safe(name: str) -> None:
    safe = safe_name(name)
    assert 1 <= len(safe) <= 80
    assert safe.isprintable()
    assert not set(safe) & set('/\\<>:"|?*\r\n')
    assert safe_name(safe) == safe
