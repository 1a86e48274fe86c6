"""Names of reporters are searched as words are: the newest first, and a rare name along the index.

Before, every search for a name read up to 20,000 matches to sort them, and did not say that there were more.
"""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"

SEARCH = "satuaduan_search"
OLD = "search_reporters(text, uuid, integer)"
NEW = "search_reporters(text, uuid, uuid, integer)"

# A common name fills its page among the newest. Only a rarer one is asked of the index, and if it is after
# all that of very many older reporters, the walk goes on, but not without end. What a department may read
# stands in the words of the report.
_FIND = """
CREATE FUNCTION search_reporters(asked text, unit uuid, before uuid, most integer)
RETURNS TABLE (id uuid, is_end boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off
AS $$
DECLARE
    tenant integer := NULLIF(current_setting('app.tenant_id', true), '')::integer;
    place uuid := coalesce(before, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    mine tsquery := quote_literal(tenant || '@' || unit)::tsquery;
    wanted tsquery := (
        SELECT string_agg(quote_literal(lexeme) || ':*', ' & ')::tsquery
        FROM unnest(tsvector_to_array(search_names(tenant, asked))) AS lexeme);
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
            SELECT near.complaint_id, false FROM (
                SELECT r.complaint_id, r.words FROM reporter r
                WHERE r.tenant_id = tenant AND r.complaint_id < place
                ORDER BY r.complaint_id DESC LIMIT reach
            ) AS near
            WHERE near.words @@ wanted AND (unit IS NULL OR EXISTS (
                SELECT FROM complaint_search s
                WHERE s.tenant_id = tenant AND s.id = near.complaint_id AND s.words @@ mine))
            ORDER BY near.complaint_id DESC LIMIT most - given;
        GET DIAGNOSTICS added = ROW_COUNT;
        given := given + added;
        SELECT r.complaint_id INTO place FROM reporter r
        WHERE r.tenant_id = tenant AND r.complaint_id < place
        ORDER BY r.complaint_id DESC OFFSET reach - 1 LIMIT 1;
        IF given >= most OR place IS NULL THEN
            RETURN;
        END IF;
        IF reach > 2000 THEN
            RETURN QUERY SELECT place, true;
            RETURN;
        END IF;
        SELECT array_agg(hit.complaint_id) INTO hits FROM (
            SELECT r.tenant_id, r.complaint_id FROM reporter r WHERE r.words @@ wanted LIMIT 5001
        ) AS hit WHERE hit.tenant_id = tenant;
        IF coalesce(array_length(hits, 1), 0) <= 5000 THEN
            RETURN QUERY SELECT hit, false FROM unnest(hits) AS hit
                WHERE hit < place AND (unit IS NULL OR EXISTS (
                    SELECT FROM complaint_search s
                    WHERE s.tenant_id = tenant AND s.id = hit AND s.words @@ mine))
                ORDER BY hit DESC LIMIT most - given;
            RETURN;
        END IF;
        reach := 50000;
    END LOOP;
END $$
"""
_FIND_BEFORE = """
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


def upgrade() -> None:
    _replace(OLD, NEW, _FIND)


def downgrade() -> None:
    _replace(NEW, OLD, _FIND_BEFORE)


def _replace(old: str, new: str, definition: str) -> None:
    """The new function with the owner and the rights of the old one."""
    op.execute(f"DROP FUNCTION {old}")
    op.execute(f"GRANT CREATE ON SCHEMA public TO {SEARCH}")
    op.execute(definition)
    op.execute(f"REVOKE ALL ON FUNCTION {new} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {new} TO satuaduan_app")
    op.execute(f"ALTER FUNCTION {new} OWNER TO {SEARCH}")
    op.execute(f"REVOKE CREATE ON SCHEMA public FROM {SEARCH}")
