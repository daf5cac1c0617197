-- The event store, the same in every service's database: what the service said and what it heard, in one order.
-- Only append() and hear() write events; the service's own role may read. The role's name is the owner's without "_owner".

CREATE TABLE events (
    position       bigint PRIMARY KEY,
    source         text        NOT NULL,
    stream_id      uuid        NOT NULL,
    version        int         NOT NULL,
    id             uuid        NOT NULL,
    type           text        NOT NULL,
    schema_version smallint    NOT NULL,
    data           json        NOT NULL,
    meta           json        NOT NULL,
    recorded_at    timestamptz NOT NULL,
    known_at       timestamptz NOT NULL,
    topic          text        NOT NULL,
    partition      int,
    "offset"       bigint,
    UNIQUE (stream_id, source, version)
);
-- The relay reads its own events only; heard ones have an offset.
CREATE INDEX events_own ON events (position) WHERE "offset" IS NULL;

-- One row: the last position given out and the last known_at. Positions have no holes, and asking for the head is cheap.
CREATE TABLE head (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint      NOT NULL,
    known_at timestamptz NOT NULL
);
INSERT INTO head VALUES (true, 0, '-infinity');

CREATE TABLE claims (
    scope     text NOT NULL,
    key       text NOT NULL,
    stream_id uuid NOT NULL,
    PRIMARY KEY (scope, key)
);

CREATE TABLE commands (
    key       text PRIMARY KEY,
    body_hash bytea       NOT NULL,
    answer    json        NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE relay (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    cursor bigint NOT NULL
);
INSERT INTO relay VALUES (true, 0);

-- Up to which own event the vault was told that its people are in use.
CREATE TABLE confirmations (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    confirmed bigint NOT NULL
);
INSERT INTO confirmations VALUES (true, 0);

-- Builds of each projection: the live one that the views show, one being built, the one before.
CREATE TABLE projections (
    name       text        NOT NULL,
    build      int         NOT NULL,
    definition int         NOT NULL,
    status     text        NOT NULL CHECK (status IN ('live', 'building', 'old')),
    position   bigint      NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, build)
);
CREATE UNIQUE INDEX projections_one_live ON projections (name) WHERE status = 'live';

-- Where a service that assigns partitions itself has read to.
CREATE TABLE offsets (
    topic     text   NOT NULL,
    partition int    NOT NULL,
    next      bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- Records that could not be taken in, and those of the same key behind them. `key` is null when the record had none.
CREATE TABLE parked (
    topic     text        NOT NULL,
    partition int         NOT NULL,
    "offset"  bigint      NOT NULL,
    key       text,
    value     bytea,
    headers   json        NOT NULL,
    reason    text        NOT NULL,
    state     text        NOT NULL DEFAULT 'parked' CHECK (state IN ('parked', 'retry', 'dropped', 'done')),
    tries     int         NOT NULL DEFAULT 0,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, partition, "offset")
);
CREATE INDEX parked_open ON parked (topic, key, "offset") WHERE state IN ('parked', 'retry');

-- append: many groups in one call; each is stored whole or left out whole, and losers do not harm the others.
--
-- The lock comes first and is held to the commit. Positions and known_at are drawn only under it, so position order is commit
-- order and a reader at `position > n` can never pass one by. Each check is a statement of its own: in READ COMMITTED it sees
-- every append before this one. The caller never puts two groups that touch the same stream, claim or command key into one
-- call, so that the groups of a call are independent of each other.
--
-- e_…: events, those of a group one after the other; x_…: how many events of a stream a group knows; c_…: claims; k_…: command
-- keys. Only heard events have e_partition and e_offset. Arrays are taken apart in SELECT lists: in FROM each would be written
-- into a store of its own first, which for one group costs as much as the rest. What there is already is looked up row by row
-- (LIMIT 1 sees to that): plans are made once, when tables are still small, and must not read them whole when they have grown.
--
-- Returns JSON: the head's position, and [group, outcome, holder, answer] of each loser (outcome: heard | fork | repeated |
-- key_reused | conflict | claimed). A group may be named twice; the first counts.
CREATE FUNCTION append(
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
    losers json[] := '{}';
    lost int[] := '{}';
    places int[];  -- by event, counted without the lost; NULL when nothing is lost
    stored int := cardinality(e_group);
    base bigint;
    moment timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('songtor.append'));

    -- Statements with nothing to look at are left out.
    IF cardinality(e_offset) > 0 THEN
        losers := ARRAY(
            SELECT json_build_array(e.g, CASE WHEN ev.id = e.id THEN 'heard' ELSE 'fork' END, NULL, NULL)
            FROM (SELECT unnest(e_group) AS g, unnest(e_source) AS source, unnest(e_stream) AS stream,
                         unnest(e_version) AS version, unnest(e_id) AS id, unnest(e_offset) AS off) AS e
            CROSS JOIN LATERAL (SELECT ev.id FROM events ev WHERE ev.stream_id = e.stream AND ev.source = e.source
                                AND ev.version = e.version LIMIT 1) AS ev
            WHERE e.off IS NOT NULL);
    END IF;
    IF cardinality(k_group) > 0 THEN
        losers := losers || ARRAY(
            SELECT json_build_array(k.g, CASE WHEN c.body_hash = k.hash THEN 'repeated' ELSE 'key_reused' END, NULL, c.answer::text)
            FROM (SELECT unnest(k_group) AS g, unnest(k_key) AS key, unnest(k_hash) AS hash) AS k
            CROSS JOIN LATERAL (SELECT c.body_hash, c.answer FROM commands c WHERE c.key = k.key LIMIT 1) AS c);
    END IF;
    losers := losers || ARRAY(
        SELECT json_build_array(x.g, 'conflict', NULL, NULL)
        FROM (SELECT unnest(x_group) AS g, unnest(x_stream) AS stream, unnest(x_known) AS known) AS x
        WHERE x.known <> (SELECT count(*) FROM events ev WHERE ev.stream_id = x.stream));
    IF cardinality(c_group) > 0 THEN
        losers := losers || ARRAY(
            SELECT json_build_array(c.g, CASE WHEN c.op = 'take' THEN 'claimed' ELSE 'conflict' END, cl.stream_id, NULL)
            FROM (SELECT unnest(c_group) AS g, unnest(c_op) AS op, unnest(c_scope) AS scope, unnest(c_key) AS key,
                         unnest(c_holder) AS was) AS c
            LEFT JOIN LATERAL (SELECT cl.stream_id FROM claims cl WHERE cl.scope = c.scope AND cl.key = c.key LIMIT 1) AS cl ON true
            WHERE (c.op = 'take' AND cl.stream_id IS NOT NULL) OR (c.op = 'take_over' AND cl.stream_id IS DISTINCT FROM c.was));
    END IF;

    IF cardinality(losers) > 0 THEN
        lost := ARRAY(SELECT (loser ->> 0)::int FROM unnest(losers) AS loser);
        places := ARRAY(SELECT count(*) FILTER (WHERE e.g <> ALL (lost)) OVER (ORDER BY e.ord)
                        FROM unnest(e_group) WITH ORDINALITY AS e(g, ord));
        stored := coalesce(places[stored], 0);
    END IF;

    IF stored > 0 THEN
        UPDATE head h SET position = h.position + stored, known_at = greatest(h.known_at, clock_timestamp())
        RETURNING h.position - stored, h.known_at INTO base, moment;
        INSERT INTO events
        SELECT base + coalesce(places[e.ord], e.ord), e.source, e.stream, e.version, e.id, e.type, e.schema,
               e.data::json, e.meta::json, e.at, CASE WHEN e.played THEN e.at ELSE moment END, e.topic, e.part, e.off
        FROM (SELECT generate_series(1, cardinality(e_group)) AS ord, unnest(e_group) AS g, unnest(e_source) AS source,
                     unnest(e_stream) AS stream, unnest(e_version) AS version, unnest(e_id) AS id, unnest(e_type) AS type,
                     unnest(e_schema) AS schema, unnest(e_data) AS data, unnest(e_meta) AS meta, unnest(e_at) AS at,
                     unnest(e_played) AS played, unnest(e_topic) AS topic, unnest(e_partition) AS part,
                     unnest(e_offset) AS off) AS e
        WHERE e.g <> ALL (lost);
        PERFORM pg_notify('events', (base + stored)::text);
    ELSE
        SELECT h.position INTO base FROM head h;
    END IF;

    IF cardinality(c_group) > 0 THEN
        IF 'drop' = ANY (c_op) THEN
            DELETE FROM claims cl USING unnest(c_group, c_op, c_scope, c_key, c_stream) AS c(g, op, scope, key, stream)
            WHERE c.g <> ALL (lost) AND c.op = 'drop' AND cl.scope = c.scope AND cl.key = c.key AND cl.stream_id = c.stream;
        END IF;
        IF 'take_over' = ANY (c_op) THEN
            UPDATE claims cl SET stream_id = c.stream
            FROM unnest(c_group, c_op, c_scope, c_key, c_stream) AS c(g, op, scope, key, stream)
            WHERE c.g <> ALL (lost) AND c.op = 'take_over' AND cl.scope = c.scope AND cl.key = c.key;
        END IF;
        INSERT INTO claims
        SELECT c.scope, c.key, c.stream
        FROM (SELECT unnest(c_group) AS g, unnest(c_op) AS op, unnest(c_scope) AS scope, unnest(c_key) AS key,
                     unnest(c_stream) AS stream) AS c
        WHERE c.g <> ALL (lost) AND c.op = 'take';
    END IF;
    IF cardinality(k_group) > 0 THEN
        INSERT INTO commands (key, body_hash, answer)
        SELECT k.key, k.hash, k.answer::json
        FROM (SELECT unnest(k_group) AS g, unnest(k_key) AS key, unnest(k_hash) AS hash, unnest(k_answer) AS answer) AS k
        WHERE k.g <> ALL (lost);
    END IF;
    RETURN json_build_array(base + stored, array_to_json(losers));
END $$;

-- hear: many heard events in one call, each for itself; those already there change nothing. The caller never gives the same
-- (stream, source, version) twice. Returns the ordinals of forks: another event stands where this one belongs, which only a
-- restore can have done.
CREATE FUNCTION hear(
    e_source text[], e_stream uuid[], e_version int[], e_id uuid[], e_type text[], e_schema smallint[],
    e_data text[], e_meta text[], e_at timestamptz[], e_played boolean[], e_topic text[], e_partition int[], e_offset bigint[]
) RETURNS int[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    there uuid[];  -- by event, the id of the one that is there already
    places int[];  -- by event, counted without those
    stored int;
    base bigint;
    moment timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('songtor.append'));

    there := ARRAY(
        SELECT (SELECT ev.id FROM events ev WHERE ev.stream_id = e.stream AND ev.source = e.source AND ev.version = e.version)
        FROM (SELECT unnest(e_source) AS source, unnest(e_stream) AS stream, unnest(e_version) AS version) AS e);
    places := ARRAY(SELECT count(*) FILTER (WHERE t.id IS NULL) OVER (ORDER BY t.ord)
                    FROM unnest(there) WITH ORDINALITY AS t(id, ord));
    stored := places[cardinality(places)];

    IF stored > 0 THEN
        UPDATE head h SET position = h.position + stored, known_at = greatest(h.known_at, clock_timestamp())
        RETURNING h.position - stored, h.known_at INTO base, moment;
        INSERT INTO events
        SELECT base + places[e.ord], e.source, e.stream, e.version, e.id, e.type, e.schema,
               e.data::json, e.meta::json, e.at, CASE WHEN e.played THEN e.at ELSE moment END, e.topic, e.part, e.off
        FROM (SELECT generate_series(1, cardinality(e_id)) AS ord, unnest(e_source) AS source, unnest(e_stream) AS stream,
                     unnest(e_version) AS version, unnest(e_id) AS id, unnest(e_type) AS type, unnest(e_schema) AS schema,
                     unnest(e_data) AS data, unnest(e_meta) AS meta, unnest(e_at) AS at, unnest(e_played) AS played,
                     unnest(e_topic) AS topic, unnest(e_partition) AS part, unnest(e_offset) AS off) AS e
        WHERE there[e.ord] IS NULL;
        PERFORM pg_notify('events', (base + stored)::text);
    END IF;
    RETURN ARRAY(SELECT t.ord::int FROM unnest(there, e_id) WITH ORDINALITY AS t(there, id, ord) WHERE t.there <> t.id);
END $$;

DO $$
DECLARE app text := regexp_replace(current_user, '_owner$', '');
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', app);
    EXECUTE format('GRANT SELECT ON events, head, claims, commands, projections TO %I', app);
    EXECUTE format('GRANT SELECT, UPDATE ON relay, confirmations TO %I', app);
    EXECUTE format('GRANT UPDATE (position, changed_at) ON projections TO %I', app);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON offsets, parked TO %I', app);
    EXECUTE format('REVOKE ALL ON FUNCTION append, hear FROM PUBLIC');
    EXECUTE format('GRANT EXECUTE ON FUNCTION append, hear TO %I', app);
END $$;
