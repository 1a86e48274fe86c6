"""Photos: decoded within bounds, turned upright, made small and encoded again as JPEG without any metadata.

The colour profile goes too: a wide-gamut photo looks slightly duller, which no case depends on.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from io import BytesIO

from PIL import ExifTags, Image

from core.media.rules import Unacceptable, UploadLimits

JPEG_QUALITY = 80
_THUMBNAIL_QUALITIES = (75, 60, 45, 30, 15)
_OLDEST_CAPTURE = datetime(1990, 1, 1, tzinfo=UTC)

# What decoders raise on malformed input; found by the fuzz tests beside what Pillow documents.
_MALFORMED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A re-encoded photo with its size in pixels and a small copy, both JPEG.

    `look` is the same or nearly so for the same picture at another size or quality.
    """

    data: bytes
    width: int
    height: int
    thumbnail: bytes
    captured_at: datetime | None
    look: int


def kind_of(data: bytes) -> str | None:
    """Pillow's name of the format the bytes begin as, or None for any other."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return None


def rewrite(data: bytes, kind: str, limits: UploadLimits) -> Picture:
    """The photo anew; of an animation the first frame. Raises Unacceptable (damaged, too_many_pixels)."""
    try:
        with Image.open(BytesIO(data), formats=[kind]) as source:
            if source.width * source.height > limits.max_pixels:
                raise Unacceptable("too_many_pixels")
            captured_at, turn = _exif(source, limits.camera_zone)
            picture = _small(source, limits.max_side)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise Unacceptable("too_many_pixels") from problem
    except _MALFORMED as problem:
        raise Unacceptable("damaged") from problem
    if turn is not None:
        picture = picture.transpose(turn)
    return Picture(
        data=_encoded(picture, JPEG_QUALITY),
        width=picture.width,
        height=picture.height,
        thumbnail=_thumbnail(picture, limits),
        captured_at=captured_at,
        look=_look(picture),
    )


def _small(source: Image.Image, side: int) -> Image.Image:
    """At most `side` pixels, RGB on white, free of everything that came beside the pixels."""
    # A JPEG can be decoded at a half, quarter or eighth: far less work for a 12-megapixel photo. The draft
    # must hold the result on both sides, so that asking for a square would forbid the half of a 4:3 photo.
    scale = side / max(source.size)
    source.draft(None, (round(source.width * scale), round(source.height * scale)))
    source.load()
    image: Image.Image = source
    if image.mode.startswith("I;16"):
        image = image.point(lambda level: level / 256).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode not in ("RGB", "L"):
        image = image.convert("RGB")
    image.thumbnail((side, side), Image.Resampling.BICUBIC)
    clean = Image.new("RGB", image.size, "white")
    clean.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return clean


def _thumbnail(picture: Image.Image, limits: UploadLimits) -> bytes:
    small = picture.copy()
    small.thumbnail((limits.thumbnail_side, limits.thumbnail_side), Image.Resampling.BICUBIC)
    for quality in _THUMBNAIL_QUALITIES:
        data = _encoded(small, quality)
        if len(data) <= limits.thumbnail_bytes:
            break
    return data


def _look(picture: Image.Image) -> int:
    """Difference hash (dHash): is each spot of an 8 × 8 grid brighter than its right neighbour; signed."""
    spots = picture.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(0, 72, 9):
        for column in range(8):
            bits = bits << 1 | (spots[row + column] > spots[row + column + 1])
    return bits - (1 << 64) if bits >> 63 else bits


def _encoded(picture: Image.Image, quality: int) -> bytes:
    target = BytesIO()
    picture.save(target, "JPEG", quality=quality)
    return target.getvalue()


def _exif(source: Image.Image, zone: tzinfo) -> tuple[datetime | None, Image.Transpose | None]:
    """When the camera says it was taken (UTC), and the turn that makes it upright."""
    try:
        exif = source.getexif()
        turn = _UPRIGHT.get(exif.get(ExifTags.Base.Orientation, 1))
        camera = exif.get_ifd(ExifTags.IFD.Exif)
    except _MALFORMED:
        # A photo with broken camera data is still a photo; it only has no date.
        return None, None
    written = camera.get(ExifTags.Base.DateTimeOriginal)
    return _instant(written, camera.get(ExifTags.Base.OffsetTimeOriginal), zone), turn


def _instant(written: object, offset: object, zone: tzinfo) -> datetime | None:
    """EXIF 2.32 dates: "2026:11:24 09:15:00", with "+07:00" apart; cameras without a clock write zeros."""
    if not isinstance(written, str):
        return None
    text = written.strip("\0 ")
    try:
        if isinstance(offset, str) and offset.strip("\0 "):
            taken = datetime.strptime(text + offset.strip("\0 "), "%Y:%m:%d %H:%M:%S%z")
        else:
            taken = datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone)
        taken = taken.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return taken if taken >= _OLDEST_CAPTURE else None
