---- one parent
-- PostgreSQL: columns [0 1] key -1 limit 20 reversed false
-- SQLite: columns [0 1] key -1 limit 20 reversed false
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 where t0."room_id" = $1::uuid order by t0."inserted_at" desc, t0."id" limit 21;
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
select t0."room_id", count(*) from "messages" t0 where t0."room_id" = any($1::uuid[]) group by t0."room_id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001]
-- SQLite
select t0."id", t0."body" from "messages" t0 where t0."room_id" = ?1 order by t0."inserted_at" desc, t0."id" limit 21;
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
select t0."room_id", count(*) from "messages" t0 where t0."room_id" in (select value from json_each(?1)) group by t0."room_id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001]
---- many parents
-- PostgreSQL: columns [0 1] key 2 limit 0 reversed false
-- SQLite: columns [0 1] key 2 limit 0 reversed false
-- PostgreSQL
select t0."id", t0."body", t0."room_id" from "messages" t0 where t0."room_id" = any($1::uuid[]) order by t0."room_id", t0."inserted_at" desc, t0."id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
select t0."room_id", count(*) from "messages" t0 where t0."room_id" = any($1::uuid[]) group by t0."room_id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
-- SQLite
select t0."id", t0."body", t0."room_id" from "messages" t0 where t0."room_id" in (select value from json_each(?1)) order by t0."room_id", t0."inserted_at" desc, t0."id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
select t0."room_id", count(*) from "messages" t0 where t0."room_id" in (select value from json_each(?1)) group by t0."room_id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
---- limit
-- PostgreSQL: columns [1 2] key 0 limit 20 reversed false Author(columns [3], key 4)
-- SQLite: columns [1 2] key 0 limit 20 reversed false Author(columns [3], key 4)
-- PostgreSQL
select p.k, r.* from unnest($1::uuid[]) p(k) cross join lateral (select t0."id", t0."body", t1."name", t1."id" from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" where t0."room_id" = p.k and t1."active" = true order by t0."inserted_at" desc, t0."id" limit 21) r;
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
select t0."room_id", count(*) from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" where t0."room_id" = any($1::uuid[]) and t1."active" = true group by t0."room_id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
-- SQLite
select * from (select t0."room_id" as k, t0."id" as c0, t0."body" as c1, t1."name" as c2, t1."id" as c3, row_number() over (partition by t0."room_id" order by t0."inserted_at" desc, t0."id") as n from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" where t0."room_id" in (select value from json_each(?1)) and t1."active" = true) where n > ?2 and n <= ?3 order by k, n;
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
--   2: int64 0
--   3: int64 21
select t0."room_id", count(*) from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" where t0."room_id" in (select value from json_each(?1)) and t1."active" = true group by t0."room_id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
---- offset and seek
-- PostgreSQL: columns [1 2] key 0 limit 20 reversed true
-- SQLite: columns [1 2] key 0 limit 20 reversed true
-- PostgreSQL
select p.k, r.* from unnest($1::uuid[]) p(k) cross join lateral (select t0."id", t0."body" from "messages" t0 where t0."room_id" = p.k and t0."inserted_at" >= $2::timestamptz and (t0."inserted_at" > $2::timestamptz or t0."inserted_at" = $2::timestamptz and t0."id" < $3::uuid) order by t0."inserted_at", t0."id" desc limit 20 offset $4) r;
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
--   2: 2026-01-02T12:00:00.123456Z
--   3: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   4: int64 5
select t0."room_id", count(*) from "messages" t0 where t0."room_id" = any($1::uuid[]) group by t0."room_id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
-- SQLite
select * from (select t0."room_id" as k, t0."id" as c0, t0."body" as c1, row_number() over (partition by t0."room_id" order by t0."inserted_at", t0."id" desc) as n from "messages" t0 where t0."room_id" in (select value from json_each(?1)) and t0."inserted_at" >= ?2 and (t0."inserted_at" > ?2 or t0."inserted_at" = ?2 and t0."id" < ?3)) where n > ?4 and n <= ?5 order by k, n;
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
--   2: 2026-01-02T12:00:00.123456Z
--   3: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   4: int64 5
--   5: int64 25
select t0."room_id", count(*) from "messages" t0 where t0."room_id" in (select value from json_each(?1)) group by t0."room_id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
---- many to many
-- PostgreSQL: columns [0 1] key 2 limit 0 reversed false
-- SQLite: columns [0 1] key 2 limit 0 reversed false
-- PostgreSQL
select t0."id", t0."name" || $1::text || t2."name", t1."room_id" from "users" t0 join "memberships" t1 on t1."user_id" = t0."id" left join "teams" t2 on t2."id" = t0."team_id" where t1."room_id" = any($2::uuid[]) order by t1."room_id", t0."id";
--   1: string  of 
--   2: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
select t1."room_id", count(*) from "users" t0 join "memberships" t1 on t1."user_id" = t0."id" where t1."room_id" = any($1::uuid[]) group by t1."room_id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
-- SQLite
select t0."id", t0."name" || ?1 || t2."name", t1."room_id" from "users" t0 join "memberships" t1 on t1."user_id" = t0."id" left join "teams" t2 on t2."id" = t0."team_id" where t1."room_id" in (select value from json_each(?2)) order by t1."room_id", t0."id";
--   1: string  of 
--   2: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
select t1."room_id", count(*) from "users" t0 join "memberships" t1 on t1."user_id" = t0."id" where t1."room_id" in (select value from json_each(?1)) group by t1."room_id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
---- many to many with limit
-- PostgreSQL: columns [1 2] key 0 limit 2 reversed false
-- SQLite: columns [1 2] key 0 limit 2 reversed false
-- PostgreSQL
select p.k, r.* from unnest($1::uuid[]) p(k) cross join lateral (select t0."id", t0."name" || $2::text || t2."name" from "users" t0 join "memberships" t1 on t1."user_id" = t0."id" left join "teams" t2 on t2."id" = t0."team_id" where t1."room_id" = p.k order by t0."id" limit 2) r;
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
--   2: string  of 
select t1."room_id", count(*) from "users" t0 join "memberships" t1 on t1."user_id" = t0."id" where t1."room_id" = any($1::uuid[]) group by t1."room_id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
-- SQLite
select * from (select t1."room_id" as k, t0."id" as c0, t0."name" || ?1 || t2."name" as c1, row_number() over (partition by t1."room_id" order by t0."id") as n from "users" t0 join "memberships" t1 on t1."user_id" = t0."id" left join "teams" t2 on t2."id" = t0."team_id" where t1."room_id" in (select value from json_each(?2))) where n > ?3 and n <= ?4 order by k, n;
--   1: string  of 
--   2: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
--   3: int64 0
--   4: int64 2
select t1."room_id", count(*) from "users" t0 join "memberships" t1 on t1."user_id" = t0."id" where t1."room_id" in (select value from json_each(?1)) group by t1."room_id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
---- nothing selected
-- PostgreSQL: columns [] key 0 limit 0 reversed false
-- SQLite: columns [] key 0 limit 0 reversed false
-- PostgreSQL
select t0."room_id" from "messages" t0 where t0."room_id" = any($1::uuid[]) order by t0."room_id", t0."id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
select t0."room_id", count(*) from "messages" t0 where t0."room_id" = any($1::uuid[]) group by t0."room_id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
-- SQLite
select t0."room_id" from "messages" t0 where t0."room_id" in (select value from json_each(?1)) order by t0."room_id", t0."id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
select t0."room_id", count(*) from "messages" t0 where t0."room_id" in (select value from json_each(?1)) group by t0."room_id";
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
