-- Who is known and confirmed is found, anybody else is enrolled, in one question.
CREATE OR REPLACE FUNCTION enrol_person(ref uuid, hash bytea, wrapped_key bytea, half bytea) RETURNS SETOF keys
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT * FROM keys WHERE person_hash = hash AND confirmed;
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
        INSERT INTO keys (key_ref, person_hash, wrapped, public_half, enrolled_by)
        VALUES (ref, hash, wrapped_key, half, ARRAY[regexp_replace(session_user, '^vault_', '')])
        ON CONFLICT (person_hash) DO UPDATE SET enrolled_at = now(),
            enrolled_by = ARRAY(SELECT DISTINCT unnest(keys.enrolled_by || excluded.enrolled_by))
        RETURNING *;
END
$$;
