---- all
-- PostgreSQL: columns [0 1 2 3 4 5 6 7 8 9 10 11] fixed [] key -1 limit 0 reversed false
-- SQLite: columns [0 1 2 3 4 5 6 7 8 9 10 11] fixed [] key -1 limit 0 reversed false
-- PostgreSQL
select t0."id", t0."body", t0."room_id", t0."author_id", t0."likes", t0."score", t0."price", t0."took", t0."extra", t0."raw", t0."seen_at", t0."inserted_at" from "messages" t0 order by t0."id";
-- SQLite
select t0."id", t0."body", t0."room_id", t0."author_id", t0."likes", t0."score", t0."price", t0."took", t0."extra", t0."raw", t0."seen_at", t0."inserted_at" from "messages" t0 order by t0."id";
---- nothing selected
-- PostgreSQL: columns [] fixed [] key -1 limit 0 reversed false
-- SQLite: columns [] fixed [] key -1 limit 0 reversed false
-- PostgreSQL
select 1 from "messages" t0 order by t0."id";
-- SQLite
select 1 from "messages" t0 order by t0."id";
---- fixed column
-- PostgreSQL: columns [0 -1] fixed [0198b3a0-0000-7000-8000-000000000001] key -1 limit 50 reversed false
-- SQLite: columns [0 1] fixed [] key -1 limit 50 reversed false
-- PostgreSQL
select t0."id" from "messages" t0 where t0."room_id" = $1::uuid order by t0."id" limit 51;
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
-- SQLite
select t0."id", t0."room_id" from "messages" t0 where t0."room_id" = ?1 order by t0."id" limit 51;
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
---- limits
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 52 reversed false
-- SQLite: columns [0 1] fixed [] key -1 limit 52 reversed false
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 order by t0."id" limit 61 offset $1;
--   1: int64 10
-- SQLite
select t0."id", t0."body" from "messages" t0 order by t0."id" limit 61 offset ?1;
--   1: int64 10
---- offset alone
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 0 reversed false
-- SQLite: columns [0 1] fixed [] key -1 limit 0 reversed false
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 order by t0."id" offset $1;
--   1: int64 10
-- SQLite
select t0."id", t0."body" from "messages" t0 order by t0."id" limit -1 offset ?1;
--   1: int64 10
---- lock
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 0 reversed false
-- SQLite: columns [0 1] fixed [] key -1 limit 0 reversed false
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" where t1."name" = $1 order by t0."id" for update of t0;
--   1: string x
-- SQLite
select t0."id", t0."body" from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" where t1."name" = ?1 order by t0."id";
--   1: string x
---- sorts
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 0 reversed false
-- SQLite: columns [0 1] fixed [] key -1 limit 0 reversed false
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" order by t0."seen_at", t0."seen_at" desc nulls last, t0."seen_at" nulls first, t0."seen_at" desc, t0."body", t1."name" desc nulls last, length(t0."body"), t0."id" desc;
-- SQLite
select t0."id", t0."body" from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" order by t0."seen_at" nulls last, t0."seen_at" desc, t0."seen_at", t0."seen_at" desc nulls first, t0."body", t1."name" desc, length(t0."body"), t0."id" desc;
---- calculations
-- PostgreSQL: columns [0 1 2] fixed [] key -1 limit 0 reversed false
-- SQLite: columns [0 1 2] fixed [] key -1 limit 0 reversed false
-- PostgreSQL
select t0."id", (select count(*) from "messages" t1 where t1."room_id" = t0."id"), (select max(t2."inserted_at") from "messages" t2 where t2."room_id" = t0."id") from "rooms" t0 order by t0."id";
-- SQLite
select t0."id", (select count(*) from "messages" t1 where t1."room_id" = t0."id"), (select max(t2."inserted_at") from "messages" t2 where t2."room_id" = t0."id") from "rooms" t0 order by t0."id";
---- join
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 50 reversed false Author(columns [2 3], key 2)
-- SQLite: columns [0 1] fixed [] key -1 limit 50 reversed false Author(columns [2 3], key 2)
-- PostgreSQL
select t0."id", t0."body", t1."id", t1."name" from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" where t1."active" = true order by t0."inserted_at" desc, t0."id" limit 51;
-- SQLite
select t0."id", t0."body", t1."id", t1."name" from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" where t1."active" = true order by t0."inserted_at" desc, t0."id" limit 51;
---- join with condition
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 0 reversed false Author(columns [2 3], key 6 Profile(columns [4], key 5) Messages(by 6))
-- SQLite: columns [0 1] fixed [] key -1 limit 0 reversed false Author(columns [2 3], key 6 Profile(columns [4], key 5) Messages(by 6))
-- PostgreSQL
select t0."id", t0."body", t1."name", t1."name" || $3::text || t7."name", t5."bio", t5."id", t1."id" from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" and (select t2."name" from "teams" t2 where t2."id" = t1."team_id") = $1 and t1."active" = true and $2::bigint < coalesce((select (select count(*) from "messages" t4 where t4."author_id" = t3."id") from "users" t3 where t3."id" = t1."boss_id"), 0) left join "profiles" t5 on t5."id" = (select t6."id" from "profiles" t6 where t6."user_id" = t1."id" order by t6."id" limit 1) left join "teams" t7 on t7."id" = t1."team_id" order by t0."id";
--   1: string red
--   2: int64 0
--   3: string  of 
-- SQLite
select t0."id", t0."body", t1."name", t1."name" || ?3 || t7."name", t5."bio", t5."id", t1."id" from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" and (select t2."name" from "teams" t2 where t2."id" = t1."team_id") = ?1 and t1."active" = true and ?2 < coalesce((select (select count(*) from "messages" t4 where t4."author_id" = t3."id") from "users" t3 where t3."id" = t1."boss_id"), 0) left join "profiles" t5 on t5."id" = (select t6."id" from "profiles" t6 where t6."user_id" = t1."id" order by t6."id" limit 1) left join "teams" t7 on t7."id" = t1."team_id" order by t0."id";
--   1: string red
--   2: int64 0
--   3: string  of 
---- seek same direction
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 0 reversed false
-- SQLite: columns [0 1] fixed [] key -1 limit 0 reversed false
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 where (t0."inserted_at", t0."body", t0."id") > ($1::timestamptz, $2, $3::uuid) order by t0."inserted_at", t0."body", t0."id";
--   1: 2026-01-02T12:00:00.123456Z
--   2: string x
--   3: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
-- SQLite
select t0."id", t0."body" from "messages" t0 where (t0."inserted_at", t0."body", t0."id") > (?1, ?2, ?3) order by t0."inserted_at", t0."body", t0."id";
--   1: 2026-01-02T12:00:00.123456Z
--   2: string x
--   3: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
---- seek
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 10 reversed false
-- SQLite: columns [0 1] fixed [] key -1 limit 10 reversed false
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 where t0."room_id" = $1::uuid and t0."inserted_at" <= $2::timestamptz and (t0."inserted_at" < $2::timestamptz or t0."inserted_at" = $2::timestamptz and t0."id" > $3::uuid) order by t0."inserted_at" desc, t0."id" limit 11;
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   2: 2026-01-02T12:00:00.123456Z
--   3: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
-- SQLite
select t0."id", t0."body" from "messages" t0 where t0."room_id" = ?1 and t0."inserted_at" <= ?2 and (t0."inserted_at" < ?2 or t0."inserted_at" = ?2 and t0."id" > ?3) order by t0."inserted_at" desc, t0."id" limit 11;
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   2: 2026-01-02T12:00:00.123456Z
--   3: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
---- seek before
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 10 reversed true
-- SQLite: columns [0 1] fixed [] key -1 limit 10 reversed true
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 where t0."inserted_at" >= $1::timestamptz and (t0."inserted_at" > $1::timestamptz or t0."inserted_at" = $1::timestamptz and t0."id" < $2::uuid) order by t0."inserted_at", t0."id" desc limit 10;
--   1: 2026-01-02T12:00:00.123456Z
--   2: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
-- SQLite
select t0."id", t0."body" from "messages" t0 where t0."inserted_at" >= ?1 and (t0."inserted_at" > ?1 or t0."inserted_at" = ?1 and t0."id" < ?2) order by t0."inserted_at", t0."id" desc limit 10;
--   1: 2026-01-02T12:00:00.123456Z
--   2: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
---- seek the end
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 10 reversed true
-- SQLite: columns [0 1] fixed [] key -1 limit 10 reversed true
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 order by t0."inserted_at", t0."id" desc limit 10;
-- SQLite
select t0."id", t0."body" from "messages" t0 order by t0."inserted_at", t0."id" desc limit 10;
---- seek nullable, value true, nulls first false, before false
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 0 reversed false
-- SQLite: columns [0 1] fixed [] key -1 limit 0 reversed false
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 where (t0."seen_at" < $1::timestamptz or t0."seen_at" is null or t0."seen_at" = $1::timestamptz and t0."id" > $2::uuid) order by t0."seen_at" desc nulls last, t0."id";
--   1: 2026-01-02T12:00:00.123456Z
--   2: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
-- SQLite
select t0."id", t0."body" from "messages" t0 where (t0."seen_at" < ?1 or t0."seen_at" is null or t0."seen_at" = ?1 and t0."id" > ?2) order by t0."seen_at" desc, t0."id";
--   1: 2026-01-02T12:00:00.123456Z
--   2: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
---- seek nullable, value true, nulls first false, before true
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 0 reversed true
-- SQLite: columns [0 1] fixed [] key -1 limit 0 reversed true
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 where (t0."seen_at" > $1::timestamptz or t0."seen_at" = $1::timestamptz and t0."id" < $2::uuid) order by t0."seen_at" nulls first, t0."id" desc;
--   1: 2026-01-02T12:00:00.123456Z
--   2: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
-- SQLite
select t0."id", t0."body" from "messages" t0 where (t0."seen_at" > ?1 or t0."seen_at" = ?1 and t0."id" < ?2) order by t0."seen_at", t0."id" desc;
--   1: 2026-01-02T12:00:00.123456Z
--   2: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
---- seek nullable, value true, nulls first true, before false
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 0 reversed false
-- SQLite: columns [0 1] fixed [] key -1 limit 0 reversed false
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 where (t0."seen_at" < $1::timestamptz or t0."seen_at" = $1::timestamptz and t0."id" > $2::uuid) order by t0."seen_at" desc, t0."id";
--   1: 2026-01-02T12:00:00.123456Z
--   2: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
-- SQLite
select t0."id", t0."body" from "messages" t0 where (t0."seen_at" < ?1 or t0."seen_at" = ?1 and t0."id" > ?2) order by t0."seen_at" desc nulls first, t0."id";
--   1: 2026-01-02T12:00:00.123456Z
--   2: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
---- seek nullable, value true, nulls first true, before true
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 0 reversed true
-- SQLite: columns [0 1] fixed [] key -1 limit 0 reversed true
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 where (t0."seen_at" > $1::timestamptz or t0."seen_at" is null or t0."seen_at" = $1::timestamptz and t0."id" < $2::uuid) order by t0."seen_at", t0."id" desc;
--   1: 2026-01-02T12:00:00.123456Z
--   2: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
-- SQLite
select t0."id", t0."body" from "messages" t0 where (t0."seen_at" > ?1 or t0."seen_at" is null or t0."seen_at" = ?1 and t0."id" < ?2) order by t0."seen_at" nulls last, t0."id" desc;
--   1: 2026-01-02T12:00:00.123456Z
--   2: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
---- seek nullable, value false, nulls first false, before false
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 0 reversed false
-- SQLite: columns [0 1] fixed [] key -1 limit 0 reversed false
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 where t0."seen_at" is null and t0."id" > $1::uuid order by t0."seen_at" desc nulls last, t0."id";
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
-- SQLite
select t0."id", t0."body" from "messages" t0 where t0."seen_at" is null and t0."id" > ?1 order by t0."seen_at" desc, t0."id";
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
---- seek nullable, value false, nulls first false, before true
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 0 reversed true
-- SQLite: columns [0 1] fixed [] key -1 limit 0 reversed true
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 where (t0."seen_at" is not null or t0."seen_at" is null and t0."id" < $1::uuid) order by t0."seen_at" nulls first, t0."id" desc;
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
-- SQLite
select t0."id", t0."body" from "messages" t0 where (t0."seen_at" is not null or t0."seen_at" is null and t0."id" < ?1) order by t0."seen_at", t0."id" desc;
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
---- seek nullable, value false, nulls first true, before false
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 0 reversed false
-- SQLite: columns [0 1] fixed [] key -1 limit 0 reversed false
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 where (t0."seen_at" is not null or t0."seen_at" is null and t0."id" > $1::uuid) order by t0."seen_at" desc, t0."id";
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
-- SQLite
select t0."id", t0."body" from "messages" t0 where (t0."seen_at" is not null or t0."seen_at" is null and t0."id" > ?1) order by t0."seen_at" desc nulls first, t0."id";
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
---- seek nullable, value false, nulls first true, before true
-- PostgreSQL: columns [0 1] fixed [] key -1 limit 0 reversed true
-- SQLite: columns [0 1] fixed [] key -1 limit 0 reversed true
-- PostgreSQL
select t0."id", t0."body" from "messages" t0 where t0."seen_at" is null and t0."id" < $1::uuid order by t0."seen_at", t0."id" desc;
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
-- SQLite
select t0."id", t0."body" from "messages" t0 where t0."seen_at" is null and t0."id" < ?1 order by t0."seen_at" nulls last, t0."id" desc;
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
