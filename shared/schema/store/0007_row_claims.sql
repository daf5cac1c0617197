-- The claims of imported rows, by what they became: when somebody is forgotten they are given up.
CREATE INDEX claims_of_rows ON claims (stream_id) WHERE scope = 'row';
