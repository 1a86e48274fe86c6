"""Settings pages of answer templates and of categories."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from complaints.acts import answer_templates
from complaints.acts.answer_templates import CategoryRules, TemplateText
from complaints.answers import KNOWN, Filled, fill
from complaints.forms.answers import ACT_NAMES, STATUS_NAMES, CategoryForm, TemplateForm
from complaints.forms.checks import choices, chosen_id
from complaints.permissions import Permission
from complaints.queries import reference, templates
from complaints.views.access import officer_actor
from complaints.views.settings import blueprint
from core import clock, formats
from core.errors import FieldProblem
from core.web.access import officer_with
from core.web.requests import own_csrf
from core.web.tenant import required_tenant

Page = Response | str | tuple[str, int]
NEW, EXAMPLE = "baru", "contoh"


@blueprint.route("/petugas/pengaturan/templat", methods=["GET", "POST"], endpoint="templates")
@own_csrf
@officer_with(Permission.CONFIGURE)
def templates_page() -> Page:
    """All templates; with ?ubah=<id> or ?ubah=baru the form of one. A POST keeps it, or shows its example."""
    asked = request.args.get("ubah")
    row = _template(asked)
    if asked not in (None, NEW) and row is None:
        return _gone("settings.templates")
    if request.method == "GET":
        return _templates_page(asked, _form_of(row) if asked else None)
    form = TemplateForm()
    if request.form.get(EXAMPLE):
        return _templates_page(asked, form, fill(form.body.data or "", _sample()))
    if form.validate():
        text = TemplateText(
            title=form.title.data,
            act=form.act.data,
            body=form.body.data,
            category_id=_id_text(form.category.data),
            status=form.status.data or None,
            is_active=form.is_active.data,
        )
        try:
            answer_templates.save(row.id if row else None, text, officer_actor())
        except FieldProblem as problem:
            form[problem.field].errors = [problem.message]
        else:
            flash(f"Templat “{text.title}” disimpan.", "selesai")
            return redirect(url_for("settings.templates"), 303)
    return _templates_page(asked, form), 422


def _template(asked: str | None) -> Any:
    if asked is None or asked == NEW:
        return None
    return templates.found(chosen_id(asked))


def _gone(endpoint: str) -> Response:
    """Back to the list: what was asked for is not (any more) there."""
    flash("Tidak ditemukan. Pilih lagi dari daftar.", "lambat")
    return redirect(url_for(endpoint), 303)


def _form_of(row: Any) -> TemplateForm:
    if row is None:
        return TemplateForm(formdata=None)
    return TemplateForm(
        formdata=None,
        title=row.title,
        act=row.act,
        body=row.body,
        category=str(row.category_id) if row.category_id else "",
        status=row.status or "",
        is_active=row.is_active,
    )


def _templates_page(asked: str | None, form: TemplateForm | None, example: Filled | None = None) -> str:
    rows = templates.every()
    if form is not None:
        form.category.choices = choices({"": "Semua kategori", **dict(reference.categories())})
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in ACT_NAMES.values()}
    for row in rows:
        template = row.AnswerTemplate
        groups[ACT_NAMES[template.act]].append(
            {
                "title": template.title,
                "url": url_for("settings.templates", ubah=template.id, _anchor="ubah"),
                "category": row.category,
                "status": STATUS_NAMES.get(template.status or ""),
                "is_active": template.is_active,
            }
        )
    return render_template(
        "complaints/settings/templates.html",
        groups=[(name, found) for name, found in groups.items() if found],
        form=form,
        is_new=asked == NEW,
        action=url_for("settings.templates", ubah=asked or NEW),
        new_url=url_for("settings.templates", ubah=NEW, _anchor="ubah"),
        variables=[(f"{{{{{name}}}}}", meaning) for name, meaning in KNOWN.items()],
        example=example or (fill(form.body.data, _sample()) if form and form.body.data else None),
    )


def _sample() -> dict[str, str | None]:
    """Values a template could get, for its example."""
    tenant = required_tenant()
    today = formats.long_date(clock.now().astimezone(tenant.zone).date())
    return {
        "nama": "Pelapor",
        "nomor_laporan": f"{tenant.letters}-2611-7F3K9",
        "judul": "Lampu jalan padam",
        "kategori": "Penerangan jalan",
        "lokasi": "Depan pos ronda, Sukamaju, Utara",
        "klasifikasi": "Pengaduan tidak berkadar pengawasan",
        "nama_opd": "Dinas Perhubungan",
        "nama_kota": tenant.name,
        **dict.fromkeys(("tanggal_lapor", "tanggal_hari_ini", "batas_tanggapan"), today),
        **dict.fromkeys(("batas_penyelesaian", "batas_keterangan"), today),
    }


@blueprint.route("/petugas/pengaturan/kategori", methods=["GET", "POST"], endpoint="categories")
@own_csrf
@officer_with(Permission.CONFIGURE)
def categories_page() -> Page:
    """All categories; with ?ubah=<id> the form of one. A POST keeps it."""
    asked = request.args.get("ubah")
    category = _category(asked)
    if category is None and (asked is not None or request.method == "POST"):
        return _gone("settings.categories")
    if category is None or request.method == "GET":
        return _categories_page(category, _category_form(category) if category else None)
    form = CategoryForm()
    if form.validate():
        rules = CategoryRules(
            department_id=_id_text(form.department.data),
            needs_after_photo=form.needs_after_photo.data,
            is_sensitive=form.is_sensitive.data,
            is_active=form.is_active.data,
        )
        name = category.name
        try:
            answer_templates.set_category(category.id, rules, officer_actor())
        except FieldProblem as problem:
            form[problem.field].errors = [problem.message]
        else:
            flash(f"Kategori “{name}” disimpan.", "selesai")
            return redirect(url_for("settings.categories"), 303)
        category = _category(asked)
    return _categories_page(category, form), 422


def _id_text(value: str | None) -> str | None:
    return str(chosen_id(value)) if value else None


def _category(asked: str | None) -> Any:
    if asked is None:
        return None
    return templates.category(chosen_id(asked))


def _category_form(row: Any) -> CategoryForm:
    return CategoryForm(
        formdata=None,
        department=str(row.department_id) if row.department_id else "",
        needs_after_photo=row.needs_after_photo,
        is_sensitive=row.is_sensitive,
        is_active=row.is_active,
    )


def _categories_page(category: Any, form: CategoryForm | None) -> str:
    if form is not None:
        form.department.choices = choices({"": "Belum ditentukan", **dict(reference.departments())})
    found = templates.every_category()
    return render_template(
        "complaints/settings/categories.html",
        rows=[
            {
                "name": row.Category.name,
                "url": url_for("settings.categories", ubah=row.Category.id, _anchor="ubah"),
                "department": row.department,
                "needs_after_photo": row.Category.needs_after_photo,
                "is_active": row.Category.is_active,
            }
            for row in found
        ],
        form=form,
        name=category.name if category else "",
        action=url_for("settings.categories", ubah=_uuid(category)),
    )


def _uuid(category: Any) -> uuid.UUID | None:
    return category.id if category else None
