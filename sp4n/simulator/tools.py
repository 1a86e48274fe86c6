"""Pages about the simulator itself: institutions with their accounts, faults, and the calls it received."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from .api import ENDPOINTS
from .control import save_fault
from .faults import FAULTS
from .store import store

tools = Blueprint("tools", __name__)


@tools.get("/instansi")
def institutions() -> str:
    with store().read() as db:
        rows = db.execute(
            "SELECT i.*, c.secret, c.token, (SELECT count(*) FROM complaints k WHERE k.disposition_id = i.id)"
            " AS held FROM institutions i LEFT JOIN clients c ON c.institution_id = i.id ORDER BY i.id"
        )
        return render_template(
            "institutions.html", rows=rows.fetchall(), base_url=request.host_url.rstrip("/")
        )


@tools.route("/gangguan", methods=["GET", "POST"])
def faults() -> str | AnyResponse | tuple[str, int]:
    error = None
    if request.method == "POST":
        fields = {
            "kind": "jenis",
            "client_id": "klien",
            "endpoint": "panggilan",
            "remaining": "kali",
            "seconds": "detik",
            "status": "kode",
            "chance": "peluang",
        }
        values = {field: request.form.get(name, "") for field, name in fields.items()}
        try:
            if values["chance"]:
                values["chance"] = str(int(values["chance"]) / 100)
            save_fault(values)
        except ValueError:
            error = "Isian gangguan tidak lengkap. Pilih jenisnya dan tulis angka pada kolom angka."
        else:
            return redirect(url_for("tools.faults"), 303)
    with store().read() as db:
        rows = db.execute(
            "SELECT f.*, c.name AS client_name FROM faults f LEFT JOIN clients c ON c.id = f.client_id"
            " ORDER BY f.id DESC"
        ).fetchall()
        clients = db.execute("SELECT id, name FROM clients ORDER BY name").fetchall()
    page = render_template(
        "faults.html", rows=rows, clients=clients, kinds=FAULTS, endpoints=ENDPOINTS, error=error
    )
    return (page, 422) if error else page


@tools.post("/gangguan/<int:fault_id>/hapus")
def remove_fault(fault_id: int) -> AnyResponse:
    with store().write() as db:
        db.execute("DELETE FROM faults WHERE id = ?", (fault_id,))
    return redirect(url_for("tools.faults"), 303)


@tools.get("/permintaan")
def requests() -> str:
    with store().read() as db:
        rows = db.execute(
            "SELECT r.*, c.name AS client_name FROM requests r LEFT JOIN clients c ON c.id = r.client_id"
            " ORDER BY r.id DESC LIMIT 100"
        ).fetchall()
    return render_template("requests.html", rows=rows, kinds=FAULTS)
