-- People, apart from events: which keyed hash belongs to which opaque reference, and the data key that opens its sealed blocks.
-- Erasing a row is forgetting the person: what was sealed with its key can never be read again.
CREATE TABLE keys (
    key_ref     uuid PRIMARY KEY,
    -- HMAC-SHA-256 of id kind and number; null for people without a document and for cases without a person.
    person_hash bytea UNIQUE CHECK (length(person_hash) = 32),
    wrapped     bytea NOT NULL,
    enrolled_at timestamptz NOT NULL DEFAULT now(),
    -- Every service that enrolled the person and has not given it up: none may sweep away what another may have used.
    enrolled_by text[] NOT NULL,
    -- An event that carries the reference is stored.
    confirmed   boolean NOT NULL DEFAULT false
);

-- The sweep looks at nothing else, and confirmed rows are nearly all.
CREATE INDEX keys_unconfirmed ON keys (enrolled_at) WHERE NOT confirmed;

GRANT SELECT, INSERT, UPDATE, DELETE ON keys TO vault;
