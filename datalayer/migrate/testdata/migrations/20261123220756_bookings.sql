-- conga:statement {"name":"open bookings","up":"create view open_bookings as select * from bookings where state = 'open'","down":"drop view open_bookings"}
-- +goose Up
set local lock_timeout = '5s';
set local statement_timeout = '5min';

-- create extension btree_gist
create extension if not exists "btree_gist";

-- rename table reservations to bookings
alter table "reservations" rename to "bookings";

-- rename column bookings.remark to note
alter table "bookings" rename column "remark" to "note";

-- rename constraint reservations_pkey of bookings to bookings_pkey
alter table "bookings" rename constraint "reservations_pkey" to "bookings_pkey";

-- add column bookings.state
ALTER TABLE "bookings" ADD COLUMN "state" text NOT NULL DEFAULT 'open';
alter table "bookings" alter column "state" drop default;

-- add column bookings.starts_at
ALTER TABLE "bookings" ADD COLUMN "starts_at" timestamptz NOT NULL DEFAULT '0001-01-01T00:00:00.000000Z';
alter table "bookings" alter column "starts_at" drop default;

-- add column bookings.ends_at
ALTER TABLE "bookings" ADD COLUMN "ends_at" timestamptz NOT NULL DEFAULT '0001-01-01T00:00:00.000000Z';
alter table "bookings" alter column "ends_at" drop default;

-- add constraint bookings_overlap
-- note: an EXCLUDE constraint can only be added with writers locked out while its index is built
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_overlap" EXCLUDE USING gist ("room_id" WITH =, (tstzrange(starts_at, ends_at)) WITH &&);

-- add check bookings_dates
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_dates" CHECK (ends_at > starts_at) NOT VALID;

-- add check bookings_state_check
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_state_check" CHECK ((state = ''::text) OR (state = ANY (ARRAY['open'::text, 'done'::text]))) NOT VALID;

-- run statement open bookings
create view open_bookings as select * from bookings where state = 'open';

-- +goose Down
set local lock_timeout = '5s';
set local statement_timeout = '5min';
drop view open_bookings;
ALTER TABLE "bookings" DROP CONSTRAINT "bookings_state_check";
ALTER TABLE "bookings" DROP CONSTRAINT "bookings_dates";
ALTER TABLE "bookings" DROP CONSTRAINT "bookings_overlap";
ALTER TABLE "bookings" DROP COLUMN "ends_at";
ALTER TABLE "bookings" DROP COLUMN "starts_at";
ALTER TABLE "bookings" DROP COLUMN "state";
alter table "bookings" rename constraint "bookings_pkey" to "reservations_pkey";
alter table "bookings" rename column "note" to "remark";
alter table "bookings" rename to "reservations";
drop extension if exists "btree_gist";
