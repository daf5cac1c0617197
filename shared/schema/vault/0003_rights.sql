-- Each service has a role of its own here and what it needs, no more. Nobody writes `keys`: functions do, which know by the login
-- who asks. A member of `vault` may enter the database; that role logs in no more.

ALTER TABLE keys
    ALTER COLUMN wrapped DROP NOT NULL,
    -- In place of a wrapped key, for a case that was begun by who only seals: what makes its public half of the vault's. Without
    -- the master key it opens nothing; without it the master key opens nothing.
    ADD COLUMN factor bytea CHECK (length(factor) = 32),
    -- What can be sealed to without being able to open. Null until `migrate` of a service with the master key has seen the row.
    ADD COLUMN public_half bytea CHECK (length(public_half) = 32),
    ADD CHECK ((wrapped IS NULL) <> (factor IS NULL)),
    -- References of cases are derived (version 5), those of people are random: who only seals adds nobody.
    ADD CHECK (factor IS NULL OR (person_hash IS NULL AND uuid_extract_version(key_ref) = 5));

-- One row: the public half of the master key.
CREATE TABLE vault_half (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    public_half bytea NOT NULL CHECK (length(public_half) = 32)
);

-- Enrolling again begins the day anew, and says who else may have used the key. Somebody may have been faster: the row that stands
-- is the answer.
CREATE FUNCTION enrol_person(ref uuid, hash bytea, wrapped_key bytea, half bytea) RETURNS SETOF keys
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO keys (key_ref, person_hash, wrapped, public_half, enrolled_by)
    VALUES (ref, hash, wrapped_key, half, ARRAY[regexp_replace(session_user, '^vault_', '')])
    ON CONFLICT (person_hash) DO UPDATE SET enrolled_at = now(),
        enrolled_by = ARRAY(SELECT DISTINCT unnest(keys.enrolled_by || excluded.enrolled_by))
    RETURNING *
$$;

CREATE FUNCTION enrol_case(ref uuid, wrapped_key bytea, half bytea) RETURNS SETOF keys
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO keys (key_ref, wrapped, public_half, enrolled_by)
    VALUES (ref, wrapped_key, half, ARRAY[regexp_replace(session_user, '^vault_', '')])
    ON CONFLICT (key_ref) DO UPDATE SET enrolled_at = now(),
        enrolled_by = ARRAY(SELECT DISTINCT unnest(keys.enrolled_by || excluded.enrolled_by))
    RETURNING *
$$;

-- The same by who only seals: it gets no key to see, neither its own nor the one that stands.
CREATE FUNCTION begin_case(ref uuid, blinding bytea, half bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO keys (key_ref, factor, public_half, enrolled_by)
    VALUES (ref, blinding, half, ARRAY[regexp_replace(session_user, '^vault_', '')])
    ON CONFLICT (key_ref) DO UPDATE SET enrolled_at = now(),
        enrolled_by = ARRAY(SELECT DISTINCT unnest(keys.enrolled_by || excluded.enrolled_by))
$$;

-- An event that carries these references is stored.
CREATE FUNCTION confirm_keys(refs uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE keys SET confirmed = true WHERE key_ref = ANY(refs) AND NOT confirmed
$$;

-- Whom no event confirmed, of those that the asking service alone enrolled. Of what another one enrolled, too, and may have used,
-- only its own part is given up.
CREATE FUNCTION sweep_keys(older_than interval) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE keys SET enrolled_by = array_remove(enrolled_by, regexp_replace(session_user, '^vault_', ''))
    WHERE NOT confirmed AND enrolled_at < now() - older_than
      AND regexp_replace(session_user, '^vault_', '') = ANY(enrolled_by) AND cardinality(enrolled_by) > 1;
    DELETE FROM keys
    WHERE NOT confirmed AND enrolled_at < now() - older_than AND enrolled_by = ARRAY[regexp_replace(session_user, '^vault_', '')]
    RETURNING key_ref
$$;

CREATE FUNCTION forget_keys(refs uuid[]) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM keys WHERE key_ref = ANY(refs) RETURNING key_ref
$$;

CREATE FUNCTION rekey_person(ref uuid, hash bytea) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE keys SET person_hash = hash WHERE key_ref = ref RETURNING key_ref
$$;

REVOKE ALL ON keys, roster_newest FROM vault;
REVOKE ALL ON FUNCTION enrol_person, enrol_case, begin_case, confirm_keys, sweep_keys, forget_keys, rekey_person FROM PUBLIC;

-- Who adds people, and reads them.
GRANT SELECT (key_ref, person_hash, wrapped, factor, confirmed) ON keys TO vault_registry, vault_intake, vault_routing;
GRANT EXECUTE ON FUNCTION enrol_person, enrol_case, confirm_keys, sweep_keys TO vault_registry, vault_intake, vault_routing;
-- Who forgets people and puts their documents right.
GRANT EXECUTE ON FUNCTION forget_keys, rekey_person TO vault_intake;
-- Who looks up whether somebody is in the informal-worker database.
GRANT SELECT ON roster_newest TO vault_routing;
-- Who only reads.
GRANT SELECT (key_ref, wrapped, factor) ON keys TO vault_reporting;
-- Who only seals.
GRANT SELECT (key_ref, public_half) ON keys TO vault_screening;
GRANT SELECT ON vault_half TO vault_screening;
GRANT EXECUTE ON FUNCTION begin_case, confirm_keys, sweep_keys TO vault_screening;
