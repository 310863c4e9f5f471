-- +goose Up
set local lock_timeout = '5s';

-- create table reservations
create table reservations (
	id uuid not null primary key,
	room_id uuid not null,
	remark text not null
);

-- +goose Down
drop table reservations;
