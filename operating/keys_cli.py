"""`flask keys rotate`: stored secrets under the newest of ENCRYPTION_KEYS."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from flask.cli import AppGroup

from operating import mending, rotating

keys_cli = AppGroup("keys", help="Kunci penyandian rahasia yang tersimpan.")


@keys_cli.command("rotate")
@click.option("--by", default="operator", show_default=True, help="Nama Anda, untuk catatan audit.")
@click.option("--json", "as_json", is_flag=True)
def rotate_command(by: str, as_json: bool) -> None:
    """Tulis ulang rahasia semua kota di bawah kunci terbaru. Gagal bila ada yang tidak dapat dibaca."""
    found = rotating.rotate(mending.operator(by))
    if as_json:
        shown = [{**asdict(each), "tenant": each.tenant.slug} for each in found]
        click.echo(json.dumps(shown, ensure_ascii=False))
    else:
        for each in found:
            click.echo(f"{each.tenant.slug}: {each.renewed} ditulis ulang, {each.current} sudah terbaru")
            for name in each.unreadable:
                click.echo(
                    f"{each.tenant.slug}: {name} tidak dapat dibaca dengan kunci mana pun; isi kembali"
                )
        renewed, current = sum(each.renewed for each in found), sum(each.current for each in found)
        click.echo(f"{renewed} rahasia ditulis ulang, {current} sudah di bawah kunci terbaru")
    if any(each.unreadable for each in found):
        raise click.exceptions.Exit(1)
