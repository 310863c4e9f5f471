---- insert
-- PostgreSQL
insert into "messages" ("id", "body", "extra", "seen_at") values ($1::uuid, $2, $3::jsonb, $4::timestamptz) returning "id", "body", "extra", "seen_at";
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   2: string hello
--   3: sqltext.Document {map[a:1]}
--   4: <nil> <nil>
-- SQLite
insert into "messages" ("id", "body", "extra", "seen_at") values (?1, ?2, ?3, ?4) returning "id", "body", "extra", "seen_at";
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   2: string hello
--   3: sqltext.Document {map[a:1]}
--   4: <nil> <nil>
---- insert many
-- PostgreSQL
insert into "messages" ("id", "body", "extra", "seen_at") select * from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::timestamptz[]);
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 0198b3a0-0000-7000-8000-000000000001]
--   2: string array [hello hello]
--   3: json array [{map[a:1]} {map[a:1]}]
--   4: time array [<nil> <nil>]
-- SQLite
insert into "messages" ("id", "body", "extra", "seen_at") values (?1, ?2, ?3, ?4), (?5, ?6, ?7, ?8);
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   2: string hello
--   3: sqltext.Document {map[a:1]}
--   4: <nil> <nil>
--   5: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   6: string hello
--   7: sqltext.Document {map[a:1]}
--   8: <nil> <nil>
---- insert defaults
-- PostgreSQL
insert into "profiles" ("id") values (default), (default) returning "id";
-- SQLite
insert into "profiles" ("id") values (null), (null) returning "id";
---- update
-- PostgreSQL
update "messages" as t0 set "body" = $1, "seen_at" = $2::timestamptz, "likes" = t0."likes"::bigint + $3::bigint where t0."id" = $4::uuid and (select t2."name" from "users" t1 left join "teams" t2 on t2."id" = t1."team_id" where t1."id" = t0."author_id") = $5 and $6::bigint < coalesce((select (select count(*) from "users" t4 join "memberships" t5 on t5."user_id" = t4."id" where t5."room_id" = t3."id") from "rooms" t3 where t3."id" = t0."room_id"), 0) returning "id", "body", "extra", "seen_at";
--   1: string new
--   2: <nil> <nil>
--   3: int64 1
--   4: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   5: string red
--   6: int64 1
-- SQLite
update "messages" as t0 set "body" = ?1, "seen_at" = ?2, "likes" = t0."likes" + ?3 where t0."id" = ?4 and (select t2."name" from "users" t1 left join "teams" t2 on t2."id" = t1."team_id" where t1."id" = t0."author_id") = ?5 and ?6 < coalesce((select (select count(*) from "users" t4 join "memberships" t5 on t5."user_id" = t4."id" where t5."room_id" = t3."id") from "rooms" t3 where t3."id" = t0."room_id"), 0) returning "id", "body", "extra", "seen_at";
--   1: string new
--   2: <nil> <nil>
--   3: int64 1
--   4: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   5: string red
--   6: int64 1
---- update each
-- PostgreSQL
update "messages" as t0 set "seen_at" = $1::timestamptz, "body" = conga_each.column2, "likes" = conga_each.column3 from unnest($2::uuid[], $3::text[], $4::bigint[]) as conga_each(column1, column2, column3) where t0."id" = conga_each.column1 and (select t2."name" from "users" t1 left join "teams" t2 on t2."id" = t1."team_id" where t1."id" = t0."author_id") = $5 returning "id";
--   1: <nil> <nil>
--   2: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
--   3: string array [one two]
--   4: int array [1 2]
--   5: string red
-- SQLite
update "messages" as t0 set "seen_at" = ?1, "body" = conga_each.column2, "likes" = conga_each.column3 from (values (?2, ?3, ?4), (?5, ?6, ?7)) as conga_each where t0."id" = conga_each.column1 and (select t2."name" from "users" t1 left join "teams" t2 on t2."id" = t1."team_id" where t1."id" = t0."author_id") = ?8 returning "id";
--   1: <nil> <nil>
--   2: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   3: string one
--   4: int64 1
--   5: uuid.UUID 00000000-0000-0000-0000-000000000000
--   6: string two
--   7: int64 2
--   8: string red
---- delete
-- PostgreSQL
delete from "messages" as t0 where t0."id" = $1::uuid and (select (t1."name" || $2::text || t2."name") from "users" t1 left join "teams" t2 on t2."id" = t1."team_id" where t1."id" = t0."author_id") = $3::text returning "id";
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   2: string  of 
--   3: string x
-- SQLite
delete from "messages" as t0 where t0."id" = ?1 and (select (t1."name" || ?2 || t2."name") from "users" t1 left join "teams" t2 on t2."id" = t1."team_id" where t1."id" = t0."author_id") = ?3 returning "id";
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   2: string  of 
--   3: string x
---- delete all
-- PostgreSQL
delete from "messages" as t0;
-- SQLite
delete from "messages" as t0;
