-- How far a loop that does something outside this database because of the service's own events has come.
CREATE TABLE followed (
    name     text   PRIMARY KEY,
    position bigint NOT NULL
);

DO $$
DECLARE app text := regexp_replace(current_user, '_owner$', '');
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON followed TO %I', app);
END $$;
