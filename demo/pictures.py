"""Drawn photos of the demonstration, cleaned as uploads are; drawn once for all processes of one run."""

from __future__ import annotations

import fcntl
import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image, ImageOps

from core.media import CleanUpload, UploadLimits, inspect
from demo import photos
from demo.story import Shot

#: scenes that can be drawn
SCENES = frozenset(photos.SCENES)
#: what a step nearer keeps of the picture: left, top, right, bottom as shares
_NEARER = (0.2, 0.22, 0.88, 0.9)
_SEED = 1


class Album:
    """Photos by what they show. `folder` is shared by the processes that seed at the same time.

    Drawing takes most of a second, so each scene is drawn once; other places are its mirror image.
    """

    def __init__(self, folder: Path, zone: ZoneInfo) -> None:
        self._folder, self._zone = folder, zone
        self._cleaned: dict[Shot, CleanUpload] = {}

    def upload(self, shot: Shot, at: datetime) -> CleanUpload:
        """The photo as an upload with the name a phone gives it at that moment."""
        if shot not in self._cleaned:
            data = _taken(self._drawn(shot.scene, "after" if shot.is_after else "before"), shot)
            self._cleaned[shot] = inspect("foto.jpg", data, UploadLimits(camera_zone=self._zone))
        local = at.astimezone(self._zone)
        name = f"IMG_{local:%Y%m%d_%H%M%S}{'_2' if shot.is_near else ''}.jpg"
        return replace(self._cleaned[shot], name=name)

    def _drawn(self, scene: str, variant: str) -> bytes:
        """The scene, drawn by whoever needs it first while the others wait for it."""
        with (self._folder / f"{scene}-{variant}.jpg").open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            data = file.read()
            if not data:
                data = photos.photo(scene, _SEED, variant)
                file.write(data)
            return data


def _taken(data: bytes, shot: Shot) -> bytes:
    if not (shot.is_mirrored or shot.is_near):
        return data
    with Image.open(io.BytesIO(data)) as source:
        picture: Image.Image = ImageOps.mirror(source) if shot.is_mirrored else source
        if shot.is_near:
            sides = (source.width, source.height) * 2
            left, top, right, bottom = (
                round(share * side) for share, side in zip(_NEARER, sides, strict=True)
            )
            picture = picture.crop((left, top, right, bottom))
        target = io.BytesIO()
        picture.save(target, "JPEG", quality=86)
    return target.getvalue()
