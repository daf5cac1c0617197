#!/bin/bash
# Run once by the PostgreSQL image when its volume is new: a database for each service and one for the vault. Each has an
# owner, who makes tables, and a role that owns nothing and works with them, the vault one for each service; nobody else may enter.
# As `songtor_narrow` a service reads for callers who may touch their own things alone.
set -euo pipefail

make_database() {
  local name=$1 owner_password=$2 password=$3
  psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres --quiet \
    -v name="$name" -v owner="${name}_owner" -v owner_password="$owner_password" -v password="$password" <<'SQL'
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"owner";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"name" TO :"name";
GRANT songtor_narrow TO :"name" WITH INHERIT FALSE, SET TRUE;
SQL
}

# What each service may do in the vault is said by its tables' migrations. `vault` itself is a group that nobody logs in as.
make_vault_role() {
  local service=$1 password=$2
  psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres --quiet \
    -v role="vault_$service" -v password="$password" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password' IN ROLE vault;
SQL
}

psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres --quiet -v owner_password="$VAULT_OWNER_PASSWORD" <<'SQL'
CREATE ROLE vault_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE vault NOLOGIN;
CREATE ROLE songtor_narrow NOLOGIN;
CREATE DATABASE vault OWNER vault_owner;
REVOKE ALL ON DATABASE vault FROM PUBLIC;
GRANT CONNECT ON DATABASE vault TO vault;
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
SQL
make_database registry "$REGISTRY_OWNER_PASSWORD" "$REGISTRY_PASSWORD"
make_database intake "$INTAKE_OWNER_PASSWORD" "$INTAKE_PASSWORD"
make_database screening "$SCREENING_OWNER_PASSWORD" "$SCREENING_PASSWORD"
make_database routing "$ROUTING_OWNER_PASSWORD" "$ROUTING_PASSWORD"
make_database reporting "$REPORTING_OWNER_PASSWORD" "$REPORTING_PASSWORD"
make_vault_role registry "$VAULT_REGISTRY_PASSWORD"
make_vault_role intake "$VAULT_INTAKE_PASSWORD"
make_vault_role screening "$VAULT_SCREENING_PASSWORD"
make_vault_role routing "$VAULT_ROUTING_PASSWORD"
make_vault_role reporting "$VAULT_REPORTING_PASSWORD"
