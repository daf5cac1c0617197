-- Events are shown as read tables are: to the service's role those of the provinces that `songtor.provinces` names, to a narrow
-- caller the streams of his agency, his unit or himself. Every event says the whole state of its thing, and so whose it is; what
-- is said of a person alone has no place, and nothing in clear. An api decides on all of them, and says so when it connects
-- (`songtor.events`). Nothing is shown when nothing is said. append() and hear() work as the owner, whom no policy binds.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'songtor_narrow') THEN
        RAISE EXCEPTION 'the role songtor_narrow is missing: make it as docs/operations.md says, then migrate again';
    END IF;
END $$;

ALTER TABLE events ENABLE ROW LEVEL SECURITY;

-- Asked of streams, not of events: what others said of a case that was referred to an agency is the agency's to see.
CREATE FUNCTION is_callers(stream uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM events e
        WHERE e.stream_id = stream
          AND (current_setting('songtor.provinces', true) = '*'
               OR e.data ->> 'province' = ANY (string_to_array(current_setting('songtor.provinces', true), ',')))
          AND (e.data ->> 'agency' = nullif(current_setting('songtor.agency', true), '')
               OR e.data ->> 'unit_id' = nullif(current_setting('songtor.unit', true), '')
               OR e.data ->> 'volunteer_id' = nullif(current_setting('songtor.volunteer', true), '')))
$$;

DO $$
DECLARE app text := regexp_replace(current_user, '_owner$', '');
BEGIN
    EXECUTE format('REVOKE ALL ON FUNCTION is_callers FROM PUBLIC');
    EXECUTE format('GRANT EXECUTE ON FUNCTION is_callers TO songtor_narrow');
    EXECUTE format('GRANT SELECT ON events, head, projections TO songtor_narrow');
    EXECUTE format($policy$
        CREATE POLICY of_provinces ON events FOR SELECT TO %I USING (
            (SELECT current_setting('songtor.events', true)) = '*'
            OR (SELECT current_setting('songtor.provinces', true)) = '*'
            OR (SELECT current_setting('songtor.provinces', true)) <> '' AND data ->> 'province' IS NULL
            OR data ->> 'province' = ANY ((SELECT string_to_array(current_setting('songtor.provinces', true), ','))::text[]))
    $policy$, app);
    CREATE POLICY of_caller ON events FOR SELECT TO songtor_narrow USING (
        data ->> 'province' IS NULL AND (SELECT current_setting('songtor.provinces', true)) <> '' OR is_callers(stream_id));
END $$;
