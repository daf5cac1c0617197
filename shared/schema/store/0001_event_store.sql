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
-- Returns a row per loser (grp, outcome: heard | fork | repeated | key_reused | conflict | claimed) and one row with grp 0 and
-- the head's position.
CREATE FUNCTION append(
    groups int, heard boolean,
    e_group int[], e_source text[], e_stream uuid[], e_version int[], e_id uuid[], e_type text[], e_schema smallint[],
    e_data text[], e_meta text[], e_at timestamptz[], e_played boolean[], e_topic text[], e_partition int[], e_offset bigint[],
    x_group int[], x_stream uuid[], x_known int[],
    c_group int[], c_op text[], c_scope text[], c_key text[], c_stream uuid[], c_holder uuid[],
    k_group int[], k_key text[], k_hash bytea[], k_answer text[]
) RETURNS TABLE (grp int, outcome text, holder uuid, answer text, head_position bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    lost boolean[] := array_fill(false, ARRAY[groups]);
    base bigint;
    stored int;
    moment timestamptz;
    r record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('songtor.append'));
    SELECT h.position, greatest(h.known_at, clock_timestamp()) INTO base, moment FROM head h;

    -- Statements with nothing to look at are left out: at one group per call each costs as much as the insert.
    IF heard THEN
        FOR r IN SELECT e.g, ev.id = e.id AS same
                 FROM unnest(e_group, e_source, e_stream, e_version, e_id, e_offset) AS e(g, source, stream, version, id, off)
                 JOIN events ev ON ev.stream_id = e.stream AND ev.source = e.source AND ev.version = e.version
                 WHERE e.off IS NOT NULL
        LOOP
            lost[r.g] := true;
            grp := r.g; outcome := CASE WHEN r.same THEN 'heard' ELSE 'fork' END; RETURN NEXT;
        END LOOP;
    END IF;

    IF cardinality(k_group) > 0 THEN
        FOR r IN SELECT k.g, c.body_hash = k.hash AS same, c.answer AS given
                 FROM unnest(k_group, k_key, k_hash) AS k(g, key, hash) JOIN commands c ON c.key = k.key
        LOOP
            CONTINUE WHEN lost[r.g];
            lost[r.g] := true;
            grp := r.g; answer := r.given::text;
            outcome := CASE WHEN r.same THEN 'repeated' ELSE 'key_reused' END; RETURN NEXT;
        END LOOP;
        answer := NULL;
    END IF;

    IF cardinality(x_group) > 0 THEN
        FOR r IN SELECT x.g FROM unnest(x_group, x_stream, x_known) AS x(g, stream, known)
                 WHERE x.known <> (SELECT count(*) FROM events ev WHERE ev.stream_id = x.stream)
        LOOP
            CONTINUE WHEN lost[r.g];
            lost[r.g] := true;
            grp := r.g; outcome := 'conflict'; RETURN NEXT;
        END LOOP;
    END IF;

    IF cardinality(c_group) > 0 THEN
        FOR r IN SELECT c.g, c.op, c.was, cl.stream_id AS has
                 FROM unnest(c_group, c_op, c_scope, c_key, c_holder) AS c(g, op, scope, key, was)
                 LEFT JOIN claims cl ON cl.scope = c.scope AND cl.key = c.key
                 WHERE (c.op = 'take' AND cl.stream_id IS NOT NULL) OR (c.op = 'take_over' AND cl.stream_id IS DISTINCT FROM c.was)
        LOOP
            CONTINUE WHEN lost[r.g];
            lost[r.g] := true;
            grp := r.g; holder := r.has;
            outcome := CASE WHEN r.op = 'take' THEN 'claimed' ELSE 'conflict' END; RETURN NEXT;
        END LOOP;
        holder := NULL;
    END IF;

    INSERT INTO events
    SELECT base + row_number() OVER (ORDER BY e.ord), e.source, e.stream, e.version, e.id, e.type, e.schema,
           e.data::json, e.meta::json, e.at, CASE WHEN e.played THEN e.at ELSE moment END, e.topic, e.part, e.off
    FROM unnest(e_group, e_source, e_stream, e_version, e_id, e_type, e_schema, e_data, e_meta, e_at, e_played, e_topic,
                e_partition, e_offset)
         WITH ORDINALITY AS e(g, source, stream, version, id, type, schema, data, meta, at, played, topic, part, off, ord)
    WHERE NOT lost[e.g];
    GET DIAGNOSTICS stored = ROW_COUNT;

    IF cardinality(c_group) > 0 THEN
        DELETE FROM claims cl USING unnest(c_group, c_op, c_scope, c_key, c_stream) AS c(g, op, scope, key, stream)
        WHERE NOT lost[c.g] AND c.op = 'drop' AND cl.scope = c.scope AND cl.key = c.key AND cl.stream_id = c.stream;
        UPDATE claims cl SET stream_id = c.stream
        FROM unnest(c_group, c_op, c_scope, c_key, c_stream) AS c(g, op, scope, key, stream)
        WHERE NOT lost[c.g] AND c.op = 'take_over' AND cl.scope = c.scope AND cl.key = c.key;
        INSERT INTO claims
        SELECT c.scope, c.key, c.stream FROM unnest(c_group, c_op, c_scope, c_key, c_stream) AS c(g, op, scope, key, stream)
        WHERE NOT lost[c.g] AND c.op = 'take';
    END IF;
    IF cardinality(k_group) > 0 THEN
        INSERT INTO commands (key, body_hash, answer)
        SELECT k.key, k.hash, k.answer::json FROM unnest(k_group, k_key, k_hash, k_answer) AS k(g, key, hash, answer)
        WHERE NOT lost[k.g];
    END IF;
    IF stored > 0 THEN
        UPDATE head h SET position = base + stored, known_at = moment;
        PERFORM pg_notify('events', (base + stored)::text);
    END IF;
    grp := 0; outcome := 'head'; head_position := base + stored; RETURN NEXT;
END $$;

-- hear: many heard events in one call, each for itself; those already there change nothing. The caller never gives the same
-- (stream, source, version) twice. Returns the ordinals of forks (another event stands where this one belongs, which only a
-- restore can have done) and one row with ordinal 0 and the head's position.
CREATE FUNCTION hear(
    e_source text[], e_stream uuid[], e_version int[], e_id uuid[], e_type text[], e_schema smallint[],
    e_data text[], e_meta text[], e_at timestamptz[], e_played boolean[], e_topic text[], e_partition int[], e_offset bigint[]
) RETURNS TABLE (ordinal int, head_position bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    base bigint;
    stored int;
    moment timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('songtor.append'));
    SELECT h.position, greatest(h.known_at, clock_timestamp()) INTO base, moment FROM head h;

    RETURN QUERY
    SELECT e.ord::int, NULL::bigint
    FROM unnest(e_source, e_stream, e_version, e_id) WITH ORDINALITY AS e(source, stream, version, id, ord)
    JOIN events ev ON ev.stream_id = e.stream AND ev.source = e.source AND ev.version = e.version
    WHERE ev.id <> e.id;

    INSERT INTO events
    SELECT base + row_number() OVER (ORDER BY e.ord), e.source, e.stream, e.version, e.id, e.type, e.schema,
           e.data::json, e.meta::json, e.at, CASE WHEN e.played THEN e.at ELSE moment END, e.topic, e.part, e.off
    FROM unnest(e_source, e_stream, e_version, e_id, e_type, e_schema, e_data, e_meta, e_at, e_played, e_topic, e_partition,
                e_offset)
         WITH ORDINALITY AS e(source, stream, version, id, type, schema, data, meta, at, played, topic, part, off, ord)
    WHERE NOT EXISTS (SELECT FROM events ev
                      WHERE ev.stream_id = e.stream AND ev.source = e.source AND ev.version = e.version);
    GET DIAGNOSTICS stored = ROW_COUNT;
    IF stored > 0 THEN
        UPDATE head h SET position = base + stored, known_at = moment;
        PERFORM pg_notify('events', (base + stored)::text);
    END IF;
    RETURN QUERY SELECT 0, base + stored;
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
