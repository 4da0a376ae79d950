-- postgres-role.sql makes a role that df360 load can work with, and that can do nothing
-- else: it owns the tables that it makes, in two schemas, and reads no others.
--
--   psql -v role=df360_loader -v schema=curated -f scripts/postgres-role.sql DATABASE
--
-- It is run by somebody who may create roles, and may be run again. It sets no
-- password; do that with \password in psql, or with a certificate:
--
--   psql -c '\password df360_loader' DATABASE
\set ON_ERROR_STOP on
\if :{?role}
\else
	\set role df360_loader
\endif
\if :{?schema}
\else
	\set schema curated
\endif

SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS', :'role')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec

BEGIN;
-- Temporary tables are what a merge works with.
SELECT format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), :'role') \gexec
CREATE SCHEMA IF NOT EXISTS :"schema";
CREATE SCHEMA IF NOT EXISTS df360;
GRANT USAGE, CREATE ON SCHEMA :"schema", df360 TO :"role";
COMMIT;
