# Sourced by the commands: finds Python and keeps the project's virtual environment in step with a requirements file.
# shellcheck shell=bash

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Prints the first Python that is new enough.
find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.14 python; do
        if [ -n "$candidate" ] && is_new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11 atau lebih baru tidak ditemukan. Pasang, misalnya: apt install python3 python3-venv"
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

make_venv() {
    if is_new_enough .venv/bin/python && .venv/bin/python -c 'import pip' >/dev/null 2>&1; then
        return
    fi
    local python
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
        fail "Modul venv milik $python tidak ada. Pasang dengan: apt install python3-venv"
    echo "Menyiapkan lingkungan Python di .venv"
    "$python" -m venv --clear .venv || fail "Lingkungan Python di .venv tidak dapat dibuat."
}

# Prints the digest of a requirements file.
digest() {
    .venv/bin/python -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1"
}

# Prints a setting of pip's: from its environment variable, else from its configuration.
pip_setting() {
    local variable
    variable=PIP_$(printf '%s' "$1" | tr 'a-z-' 'A-Z_')
    printf '%s' "${!variable:-$(.venv/bin/python -m pip config get "global.$1" 2>/dev/null || true)}"
}

# uv does not read pip's settings; a mirror or certificates that pip was told of hold for it, too, and so do
# the system's certificates.
follow_pip() {
    local mirror certificates
    mirror=$(pip_setting index-url)
    certificates=$(pip_setting cert)
    certificates=${certificates:-/etc/ssl/certs/ca-certificates.crt}
    if [ -n "$mirror" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$mirror}"; fi
    if [ -e "$certificates" ]; then export SSL_CERT_FILE="${SSL_CERT_FILE:-$certificates}"; fi
}

# Installs uv, which is four times as fast as pip, in the version and with the hashes the project pins.
install_uv() {
    [ -x .venv/bin/uv ] && return
    local pinned=.venv/uv.txt
    awk '/^uv==/ {inside = 1} inside && /^    #/ {exit} inside' requirements-dev.txt >"$pinned"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$pinned"
}

# Brings .venv in step with a requirements file; a stamp lets later starts pass over it.
install_requirements() {
    local file=$1 stamp
    make_venv
    stamp=".venv/$file.installed"
    if [ "$(cat "$stamp" 2>/dev/null)" = "$(digest "$file")" ]; then
        return
    fi
    echo "Memasang pustaka dari $file"
    follow_pip
    if ! { install_uv && .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r "$file"; }; then
        echo "Dengan uv tidak berhasil; dicoba dengan pip"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$file" ||
            fail "Pustaka dari $file tidak dapat dipasang. Periksa jaringan dan ruang disk, lalu jalankan lagi."
    fi
    digest "$file" >"$stamp"
}
