-- +goose NO TRANSACTION
-- +goose Up
set lock_timeout = '1min';
set statement_timeout = 0;

-- create index one_open_booking
drop index concurrently if exists "one_open_booking";
CREATE UNIQUE INDEX CONCURRENTLY "one_open_booking" ON "bookings" ("room_id") NULLS NOT DISTINCT WHERE (state = 'open'::text);
reset lock_timeout;
reset statement_timeout;

-- +goose Down
set lock_timeout = '1min';
set statement_timeout = 0;
DROP INDEX CONCURRENTLY "one_open_booking";
reset lock_timeout;
reset statement_timeout;
