-- The informal-worker database (ฐานข้อมูลแรงงานนอกระบบ) by edition: who is in it, as keyed hashes and nothing else.
-- The people of an edition are in a table of its own, `roster_<edition>_<build>`, which the loader makes when all files are read.
CREATE TABLE roster_editions (
    edition      text PRIMARY KEY CHECK (edition ~ '^25[0-9]{2}(-[0-9]{2})?$'),
    -- Which of its tables is in use; 0 while its first load is under way.
    build        integer NOT NULL DEFAULT 0,
    people       bigint NOT NULL DEFAULT 0,
    completed_at timestamptz
);

-- How far a file is read. A file is known by its content, wherever it lies and whatever it is called.
-- What it said and is not yet in use waits in `roster_staged_<file>`.
CREATE TABLE roster_files (
    file    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    edition text NOT NULL REFERENCES roster_editions ON DELETE CASCADE,
    sha256  bytea NOT NULL CHECK (length(sha256) = 32),
    lines   bigint NOT NULL DEFAULT 0,
    ids     bigint NOT NULL DEFAULT 0,
    bad     bigint NOT NULL DEFAULT 0,
    state   text NOT NULL DEFAULT 'reading' CHECK (state IN ('reading', 'read', 'in use')),
    UNIQUE (edition, sha256)
);

-- Where something stands that is no citizen ID; never what stands there.
CREATE TABLE roster_bad_lines (
    file   bigint NOT NULL REFERENCES roster_files ON DELETE CASCADE,
    line   bigint NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (file, line)
);

-- All that the services may ask: whether somebody they know is in the newest complete edition. The loader puts another table
-- behind it; without any edition nobody is in it.
CREATE VIEW roster_newest AS SELECT key_ref, NULL::text AS edition, false AS in_database FROM keys;

GRANT SELECT ON roster_newest TO vault;
