-- Imports under way and done. This is operational state, no fact: what became of the rows is in the events, and this only says which
-- row was which. Nothing in it is personal in clear; the file that was sent lies here sealed, for a day.
CREATE TABLE imports (
    id           uuid PRIMARY KEY,
    actor        text        NOT NULL,
    action       text        NOT NULL,
    key          text UNIQUE,            -- of the command; null for dry runs, which are never kept
    sent         bytea       NOT NULL,   -- keyed hash of the file's bytes
    dry_run      boolean     NOT NULL,
    -- Who runs it now: one that was broken off is begun again by the same command, and the one before must not write any more.
    attempt      int         NOT NULL DEFAULT 1,
    state        text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed')),
    code         text,                   -- why it failed
    done         int         NOT NULL DEFAULT 0,
    total        int         NOT NULL,
    accepted     int         NOT NULL DEFAULT 0,
    matched      int         NOT NULL DEFAULT 0,
    refused      int         NOT NULL DEFAULT 0,
    last         text,                   -- Songtor-Position of what was stored last
    file_key     bytea,                  -- wrapped; null when the file is erased
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX imports_with_file ON imports (created_at) WHERE file_key IS NOT NULL;

-- Results by chunk, as they are answered.
CREATE TABLE import_rows (
    import_id uuid NOT NULL REFERENCES imports,
    chunk     int  NOT NULL,
    rows      json NOT NULL,
    PRIMARY KEY (import_id, chunk)
);

CREATE TABLE import_files (
    import_id uuid  NOT NULL REFERENCES imports,
    piece     int   NOT NULL,
    sealed    bytea NOT NULL,
    PRIMARY KEY (import_id, piece)
);

DO $$
DECLARE app text := regexp_replace(current_user, '_owner$', '');
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON imports TO %I', app);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON import_rows, import_files TO %I', app);
END $$;
