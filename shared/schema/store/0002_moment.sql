-- A moment between what is known and what is not yet: the append lock is held until the end of the transaction, every event up to
-- `position` was known at `at` or before, and every later one will be known after it. To freeze what is known is to read at `at`.

CREATE FUNCTION moment(OUT "position" bigint, OUT at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE tick CONSTANT interval := '1 microsecond';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('songtor.append'));
    UPDATE head h SET known_at = greatest(h.known_at + tick, clock_timestamp()) + tick
    RETURNING h.position, h.known_at - tick INTO "position", at;
END $$;

DO $$
DECLARE app text := regexp_replace(current_user, '_owner$', '');
BEGIN
    EXECUTE format('REVOKE ALL ON FUNCTION moment FROM PUBLIC');
    EXECUTE format('GRANT EXECUTE ON FUNCTION moment TO %I', app);
END $$;
