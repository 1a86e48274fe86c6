"""Finding a report: words of all reports, saved filters, and what the inbox's new views run along.

Under row security `@@` is never an index condition, because it is not leakproof. So one function reads the
words' index as a role of its own, repeats the tenant's condition, and gives back nothing but ids, which the
caller joins to the reports through row security. Each lexeme carries its tenant, so that the index keeps one
list a city: a word is as rare or common as it is there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.tenancy import create_tenant_table, each_tenant

revision = "0009"
down_revision = "0008"

SEARCH = "satuaduan_search"
_OPEN = (
    "status IN ('received', 'deferred', 'verified', 'assigned', 'in_progress', 'proposed', 'responded',"
    " 'reporter_replied', 'reopened')"
)
#: words of every report, as the stemmer leaves them
_STOP = (
    "ada,adalah,agar,akan,atau,belum,bisa,dalam,dan,dapat,dari,dengan,dgn,di,harus,ini,itu,juga,kami,karena,"
    "ke,kita,lagi,masih,mohon,oleh,pada,para,saat,sangat,saya,sebaga,sebut,sepert,sudah,telah,tidak,tolong,"
    "untuk,utk,yang,yg"
)
_LEXEMES = f"""
CREATE FUNCTION search_lexemes(content text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog
AS $$
    SELECT coalesce(array_agg(lexeme), '{{}}')
    FROM unnest(tsvector_to_array(to_tsvector('pg_catalog.indonesian', content))) AS lexeme
    WHERE octet_length(lexeme) <= 60 AND lexeme <> ALL ('{{{_STOP}}}'::text[])
$$
"""
_WORDS = """
CREATE FUNCTION search_words(tenant integer, content text, department uuid, copies jsonb) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public
AS $$
    SELECT array_to_tsvector(array(
        SELECT tenant || '.' || lexeme FROM unnest(search_lexemes(content)) AS lexeme
        UNION ALL SELECT tenant || '@' || department WHERE department IS NOT NULL
        UNION ALL SELECT tenant || '@' || unit FROM jsonb_array_elements_text(copies) AS unit
    ))
$$
"""
_NAMES = """
CREATE FUNCTION search_names(tenant integer, content text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog
AS $$
    SELECT array_to_tsvector(array(
        SELECT tenant || '.' || lexeme
        FROM unnest(tsvector_to_array(to_tsvector('pg_catalog.simple', content))) AS lexeme
        WHERE octet_length(lexeme) <= 60
    ))
$$
"""
_CONTENT = "concat_ws(' ', {0}.title, {0}.body, {0}.final_body, {0}.landmark)"
_KEEP_WORDS = f"""
CREATE FUNCTION keep_complaint_words() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public
AS $$
DECLARE
    found tsvector := search_words(
        NEW.tenant_id, {_CONTENT.format("NEW")}, NEW.department_id, NEW.copied_to);
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO complaint_search (tenant_id, id, words) VALUES (NEW.tenant_id, NEW.id, found);
    ELSE
        UPDATE complaint_search SET words = found WHERE tenant_id = NEW.tenant_id AND id = NEW.id;
    END IF;
    RETURN NULL;
END $$
"""
_KEEP_NAMES = """
CREATE FUNCTION keep_reporter_words() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public
AS $$
BEGIN
    NEW.words := search_names(NEW.tenant_id, NEW.name);
    RETURN NEW;
END $$
"""
# The newest reports are walked first: a common word fills its page there. Only a rarer one is asked of the
# index, and if it is after all in very many older reports, the walk goes on, but not without end.
_FIND = """
CREATE FUNCTION search_complaints(asked text, unit uuid, before uuid, most integer)
RETURNS TABLE (id uuid, is_end boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off
AS $$
DECLARE
    tenant integer := NULLIF(current_setting('app.tenant_id', true), '')::integer;
    place uuid := coalesce(before, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    wanted tsquery := search_query(tenant, asked, unit);
    hits uuid[];
    given integer := 0;
    added integer;
    reach integer := 2000;
BEGIN
    IF tenant IS NULL OR wanted IS NULL THEN
        RETURN;
    END IF;
    LOOP
        RETURN QUERY
            SELECT near.id, false FROM (
                SELECT s.id, s.words FROM complaint_search s
                WHERE s.tenant_id = tenant AND s.id < place ORDER BY s.id DESC LIMIT reach
            ) AS near
            WHERE near.words @@ wanted ORDER BY near.id DESC LIMIT most - given;
        GET DIAGNOSTICS added = ROW_COUNT;
        given := given + added;
        SELECT s.id INTO place FROM complaint_search s
        WHERE s.tenant_id = tenant AND s.id < place ORDER BY s.id DESC OFFSET reach - 1 LIMIT 1;
        IF given >= most OR place IS NULL THEN
            RETURN;
        END IF;
        IF reach > 2000 THEN
            RETURN QUERY SELECT place, true;
            RETURN;
        END IF;
        SELECT array_agg(hit.id) INTO hits FROM (
            SELECT s.tenant_id, s.id FROM complaint_search s WHERE s.words @@ wanted LIMIT 5001
        ) AS hit WHERE hit.tenant_id = tenant;
        IF coalesce(array_length(hits, 1), 0) <= 5000 THEN
            RETURN QUERY SELECT hit, false FROM unnest(hits) AS hit
                WHERE hit < place ORDER BY hit DESC LIMIT most - given;
            RETURN;
        END IF;
        reach := 50000;
    END LOOP;
END $$
"""
_QUERY = """
CREATE FUNCTION search_query(tenant integer, asked text, unit uuid) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public
AS $$
    SELECT CASE WHEN unit IS NULL THEN found ELSE found && quote_literal(tenant || '@' || unit)::tsquery END
    FROM (
        SELECT string_agg(part, ' & ')::tsquery AS found FROM (
            SELECT '(' || string_agg(quote_literal(tenant || '.' || lexeme), ' & ') || CASE
                WHEN place = max(place) OVER () AND length(word) >= 3
                THEN ' | ' || quote_literal(tenant || '.' || lower(word)) || ':*' ELSE '' END || ')' AS part
            FROM unnest(string_to_array(asked, ' ')) WITH ORDINALITY AS given(word, place),
                 unnest(search_lexemes(word)) AS lexeme
            GROUP BY place, word
        ) AS parts
    ) AS whole
$$
"""
_FIND_NAMES = """
CREATE FUNCTION search_reporters(asked text, before uuid, most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off
AS $$
DECLARE
    tenant integer := NULLIF(current_setting('app.tenant_id', true), '')::integer;
    place uuid := coalesce(before, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    wanted tsquery := (
        SELECT string_agg(quote_literal(lexeme) || ':*', ' & ')::tsquery
        FROM unnest(tsvector_to_array(search_names(tenant, asked))) AS lexeme);
BEGIN
    IF tenant IS NULL OR wanted IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT hit.complaint_id FROM (
            SELECT r.tenant_id, r.complaint_id FROM reporter r WHERE r.words @@ wanted LIMIT 20000
        ) AS hit
        WHERE hit.tenant_id = tenant AND hit.complaint_id < place ORDER BY hit.complaint_id DESC LIMIT most;
END $$
"""
_DEFINERS = (
    ("search_complaints(text, uuid, uuid, integer)", _FIND),
    ("search_reporters(text, uuid, integer)", _FIND_NAMES),
)
_FUNCTIONS = (
    "search_query(integer, text, uuid)",
    "keep_complaint_words()",
    "keep_reporter_words()",
    "search_names(integer, text)",
    "search_words(integer, text, uuid, jsonb)",
    "search_lexemes(text)",
)
#: name → table, columns, condition
_INDEXES: dict[str, tuple[str, list[str], str]] = {
    "ix_complaint_handler": (
        "complaint",
        ["tenant_id", "handler_id", "due_at", "id"],
        f"handler_id IS NOT NULL AND {_OPEN}",
    ),
    "ix_complaint_village": ("complaint", ["tenant_id", "village_id", "due_at", "id"], _OPEN),
    "ix_complaint_escalated": (
        "complaint",
        ["tenant_id", "due_at", "id"],
        f"escalation_level >= 1 AND {_OPEN}",
    ),
    "ix_disposition_copy": ("disposition", ["tenant_id", "department_id", "complaint_id"], "is_copy"),
    "ix_outbox_message_failed": (
        "outbox_message",
        ["tenant_id", "subject_id"],
        "state IN ('rejected', 'given_up')",
    ),
    "ix_sp4n_link_unmapped": ("sp4n_link", ["tenant_id", "complaint_id"], "status_unmapped"),
}


def upgrade() -> None:
    for definition in (_LEXEMES, _WORDS, _NAMES, _QUERY, _KEEP_WORDS, _KEEP_NAMES):
        op.execute(definition)
    _words_of_complaints()
    _words_of_reporters()
    _what_finds()
    for name, (table, columns, condition) in _INDEXES.items():
        op.create_index(name, table, columns, postgresql_where=sa.text(condition))
    _saved_filters()
    op.add_column(
        "officer", sa.Column("has_shortcuts", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.alter_column("officer", "has_shortcuts", server_default=None)


def _words_of_complaints() -> None:
    create_tenant_table(
        "complaint_search",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_complaint_search"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "id"],
            ["complaint.tenant_id", "complaint.id"],
            name="fk_complaint_search_tenant_id_id",
            ondelete="CASCADE",
        ),
        grants="SELECT, INSERT, UPDATE",
    )
    for _ in each_tenant():
        op.execute(
            "INSERT INTO complaint_search (tenant_id, id, words) SELECT tenant_id, id,"
            f" search_words(tenant_id, {_CONTENT.format('complaint')}, department_id, copied_to)"
            " FROM complaint"
        )
    _index_words("complaint_search")
    op.execute(
        "CREATE TRIGGER keep_words AFTER INSERT OR UPDATE OF title, body, final_body, landmark,"
        " department_id, copied_to ON complaint FOR EACH ROW EXECUTE FUNCTION keep_complaint_words()"
    )


def _words_of_reporters() -> None:
    op.add_column("reporter", sa.Column("words", postgresql.TSVECTOR(), nullable=True))
    for _ in each_tenant():
        op.execute("UPDATE reporter SET words = search_names(tenant_id, name)")
    _index_words("reporter")
    op.execute(
        "CREATE TRIGGER keep_words BEFORE INSERT OR UPDATE OF name ON reporter"
        " FOR EACH ROW EXECUTE FUNCTION keep_reporter_words()"
    )


def _index_words(table: str) -> None:
    # the part not sorted in yet is read at every search, so it must stay small
    op.create_index(
        f"ix_{table}_words",
        table,
        ["words"],
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 512},
    )


def _what_finds() -> None:
    """The two functions, their owner, and all that this owner may read."""
    for table, columns in (
        ("complaint_search", "tenant_id, id, words"),
        ("reporter", "tenant_id, complaint_id, words"),
    ):
        op.execute(f"GRANT SELECT ({columns}) ON {table} TO {SEARCH}")
        op.execute(f"CREATE POLICY search_reads ON {table} FOR SELECT TO {SEARCH} USING (true)")
    op.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {SEARCH}")
    for signature, definition in _DEFINERS:
        op.execute(definition)
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO satuaduan_app")
        op.execute(f"ALTER FUNCTION {signature} OWNER TO {SEARCH}")
    op.execute(f"REVOKE CREATE ON SCHEMA public FROM {SEARCH}")


def _saved_filters() -> None:
    create_tenant_table(
        "saved_filter",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_saved_filter"),
        sa.UniqueConstraint("tenant_id", "owner_id", "name", name="uq_saved_filter_tenant_id_owner_id_name"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["officer.tenant_id", "officer.id"],
            name="fk_saved_filter_tenant_id_owner_id",
        ),
    )


def downgrade() -> None:
    op.drop_column("officer", "has_shortcuts")
    op.drop_table("saved_filter")
    for name, (table, _, _) in _INDEXES.items():
        op.drop_index(name, table)
    for signature, _ in _DEFINERS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute(f"REVOKE ALL ON SCHEMA public FROM {SEARCH}")
    op.execute("DROP TRIGGER keep_words ON reporter")
    op.execute("DROP POLICY search_reads ON reporter")
    op.execute(f"REVOKE SELECT (tenant_id, complaint_id) ON reporter FROM {SEARCH}")
    op.drop_index("ix_reporter_words", "reporter")
    op.drop_column("reporter", "words")
    op.execute("DROP TRIGGER keep_words ON complaint")
    op.drop_table("complaint_search")
    for signature in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
