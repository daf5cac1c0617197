-- The audit trail: who did or saw what. Only audit_add() and append_audited() write it, and nothing changes or removes an entry. Each
-- entry's hash covers the hash before it, so that one that was altered, removed or put in between shows; shared/audit/chain.py
-- works the same hashes out again. `details` is json, not jsonb: the hash covers it byte for byte as it was written.
CREATE TABLE audit (
    number     bigint PRIMARY KEY,
    at         timestamptz NOT NULL,
    actor      text        NOT NULL,
    roles      text[]      NOT NULL,
    action     text        NOT NULL,
    person_ref uuid,
    details    json        NOT NULL,
    outcome    text        NOT NULL,
    status     int         NOT NULL,
    request_id text        NOT NULL,
    before     bytea       NOT NULL,
    hash       bytea       NOT NULL
);
CREATE INDEX audit_person ON audit (person_ref, number) WHERE person_ref IS NOT NULL;
CREATE INDEX audit_actor ON audit (actor, number);
-- Times rise with numbers: a few bytes per thousand entries are enough to find a day.
CREATE INDEX audit_at ON audit USING brin (at) WITH (autosummarize = on);

-- One row: the last entry's number and hash. Numbers come from it and not from a sequence: those have holes after a rollback.
CREATE TABLE audit_head (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    number bigint NOT NULL,
    hash   bytea  NOT NULL
);
INSERT INTO audit_head VALUES (true, 0, decode(repeat('00', 32), 'hex'));

-- A field of what is hashed: its length in bytes, a colon, its bytes; `-` for none. However fields are chosen, no two entries
-- have the same text. (The cast is written out: with number || text, which is not immutable, each use would be a call.)
CREATE FUNCTION audit_field(field text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(octet_length(field)::text || ':' || field, '-');

-- Entries one after the other, in one call; all arrays of one length, the roles of an entry with spaces between. Returns the last
-- number. The lock is held to the commit: the next writer's statements then see this entry. Whoever takes the append lock too
-- takes it first, so that nobody waits for each other. Only what needs the hash before is done one by one.
CREATE FUNCTION audit_add(
    a_actor text[], a_roles text[], a_action text[], a_person uuid[], a_details text[], a_outcome text[], a_status int[],
    a_request text[]
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    added CONSTANT int := cardinality(a_actor);
    last bigint;
    moment timestamptz;
    fields bytea[];  -- by entry, what is hashed of it after the hash before
    befores bytea[] := '{}';
    hashes bytea[] := '{}';
    current bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('songtor.audit'));
    SELECT h.number, h.hash INTO STRICT last, current FROM audit_head h;
    moment := clock_timestamp();
    fields := ARRAY(
        SELECT convert_to(
            audit_field((last + e.ord)::text) || audit_field((extract(epoch FROM moment) * 1000000)::bigint::text)
            || audit_field(e.actor) || audit_field(array_to_json(string_to_array(e.roles, ' '))::text) || audit_field(e.action)
            || audit_field(e.person::text) || audit_field(e.details) || audit_field(e.outcome) || audit_field(e.status::text)
            || audit_field(e.request), 'UTF8')
        FROM (SELECT generate_series(1, added) AS ord, unnest(a_actor) AS actor, unnest(a_roles) AS roles,
                     unnest(a_action) AS action, unnest(a_person) AS person, unnest(a_details) AS details,
                     unnest(a_outcome) AS outcome, unnest(a_status) AS status, unnest(a_request) AS request) AS e);
    FOR i IN 1 .. added LOOP
        befores[i] := current;
        current := sha256(current || fields[i]);
        hashes[i] := current;
    END LOOP;
    INSERT INTO audit
    SELECT last + e.ord, moment, e.actor, string_to_array(e.roles, ' '), e.action, e.person, e.details::json, e.outcome, e.status,
           e.request, e.before, e.hash
    FROM (SELECT generate_series(1, added) AS ord, unnest(a_actor) AS actor, unnest(a_roles) AS roles,
                 unnest(a_action) AS action, unnest(a_person) AS person, unnest(a_details) AS details,
                 unnest(a_outcome) AS outcome, unnest(a_status) AS status, unnest(a_request) AS request,
                 unnest(befores) AS before, unnest(hashes) AS hash) AS e;
    UPDATE audit_head SET number = last + added, hash = current;
    RETURN last + added;
END $$;

-- append, and one entry for each of its groups that is stored and has one, together or not at all. Calls without entries go to
-- append itself and pay nothing. a_group: which group the entry is of.
CREATE FUNCTION append_audited(
    a_group int[], a_actor text[], a_roles text[], a_action text[], a_person uuid[], a_details text[], a_outcome text[],
    a_status int[], a_request text[],
    e_group int[], e_source text[], e_stream uuid[], e_version int[], e_id uuid[], e_type text[], e_schema smallint[],
    e_data text[], e_meta text[], e_at timestamptz[], e_played boolean[], e_topic text[],
    x_group int[], x_stream uuid[], x_known int[],
    e_partition int[] DEFAULT '{}', e_offset bigint[] DEFAULT '{}',
    c_group int[] DEFAULT '{}', c_op text[] DEFAULT '{}', c_scope text[] DEFAULT '{}', c_key text[] DEFAULT '{}',
    c_stream uuid[] DEFAULT '{}', c_holder uuid[] DEFAULT '{}',
    k_group int[] DEFAULT '{}', k_key text[] DEFAULT '{}', k_hash bytea[] DEFAULT '{}', k_answer text[] DEFAULT '{}'
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    found text := append(e_group, e_source, e_stream, e_version, e_id, e_type, e_schema, e_data, e_meta, e_at, e_played, e_topic,
                         x_group, x_stream, x_known, e_partition, e_offset, c_group, c_op, c_scope, c_key, c_stream, c_holder,
                         k_group, k_key, k_hash, k_answer);
    lost int[] := ARRAY(SELECT (loser ->> 0)::int FROM json_array_elements(found::json -> 1) AS loser);
BEGIN
    IF cardinality(lost) > 0 THEN
        SELECT coalesce(array_agg(a.actor), '{}'), coalesce(array_agg(a.roles), '{}'), coalesce(array_agg(a.action), '{}'),
               coalesce(array_agg(a.person), '{}'), coalesce(array_agg(a.details), '{}'), coalesce(array_agg(a.outcome), '{}'),
               coalesce(array_agg(a.status), '{}'), coalesce(array_agg(a.request), '{}')
        INTO a_actor, a_roles, a_action, a_person, a_details, a_outcome, a_status, a_request
        FROM unnest(a_group, a_actor, a_roles, a_action, a_person, a_details, a_outcome, a_status, a_request)
             AS a(g, actor, roles, action, person, details, outcome, status, request)
        WHERE a.g <> ALL (lost);
    END IF;
    IF cardinality(a_actor) > 0 THEN
        PERFORM audit_add(a_actor, a_roles, a_action, a_person, a_details, a_outcome, a_status, a_request);
    END IF;
    RETURN found;
END $$;

DO $$
DECLARE app text := regexp_replace(current_user, '_owner$', '');
BEGIN
    EXECUTE format('GRANT SELECT ON audit, audit_head TO %I', app);
    EXECUTE format('REVOKE ALL ON FUNCTION audit_field, audit_add, append_audited FROM PUBLIC');
    EXECUTE format('GRANT EXECUTE ON FUNCTION audit_add, append_audited TO %I', app);
END $$;
