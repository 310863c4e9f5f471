-- +goose NO TRANSACTION
-- +goose Up
set lock_timeout = '1min';
set statement_timeout = 0;

-- create index bookings_search
drop index concurrently if exists "bookings_search";
CREATE INDEX CONCURRENTLY "bookings_search" ON "bookings" USING gin ((to_tsvector('simple'::regconfig, note)));
reset lock_timeout;
reset statement_timeout;

-- +goose Down
set lock_timeout = '1min';
set statement_timeout = 0;
DROP INDEX CONCURRENTLY "bookings_search";
reset lock_timeout;
reset statement_timeout;
