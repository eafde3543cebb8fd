-- The passwords of the roles that sign in, from the environment of psql; run after roles.sql, by a superuser.
\set ON_ERROR_STOP on
\getenv owner OWNER_PASSWORD
\getenv app APP_PASSWORD
\getenv platform PLATFORM_PASSWORD
ALTER ROLE owner PASSWORD :'owner';
ALTER ROLE app PASSWORD :'app';
ALTER ROLE platform PASSWORD :'platform';
