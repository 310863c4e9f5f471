-- +goose Up
set local lock_timeout = '5s';
set local statement_timeout = 0;

-- validate bookings_dates
alter table "bookings" validate constraint "bookings_dates";

-- validate bookings_state_check
alter table "bookings" validate constraint "bookings_state_check";

-- +goose Down
