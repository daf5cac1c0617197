-- The claims of imported rows, by what they became: forgetting a person gives up those of the person's cases.
CREATE INDEX claims_of_rows ON claims (stream_id) WHERE scope = 'row';
