---- eq
-- PostgreSQL
select count(*) from "messages" t0 where t0."room_id" = $1::uuid;
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
-- SQLite
select count(*) from "messages" t0 where t0."room_id" = ?1;
--   1: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
---- eq text
-- PostgreSQL
select count(*) from "messages" t0 where t0."body" = $1;
--   1: string it's
-- SQLite
select count(*) from "messages" t0 where t0."body" = ?1;
--   1: string it's
---- eq bool
-- PostgreSQL
select count(*) from "users" t0 where t0."active" = true;
-- SQLite
select count(*) from "users" t0 where t0."active" = true;
---- ne fields
-- PostgreSQL
select count(*) from "messages" t0 where t0."room_id" <> t0."author_id";
-- SQLite
select count(*) from "messages" t0 where t0."room_id" <> t0."author_id";
---- ranges
-- PostgreSQL
select count(*) from "messages" t0 where t0."likes" < $1::bigint and t0."inserted_at" >= $2::timestamptz and t0."price" > $3::numeric and t0."took" <= $4::bigint;
--   1: int64 5
--   2: 2026-01-02T12:00:00.123456Z
--   3: decimal.Decimal 1.5
--   4: time.Duration 1s
-- SQLite
select count(*) from "messages" t0 where t0."likes" < ?1 and t0."inserted_at" >= ?2 and t0."price" > ?3 and t0."took" <= ?4;
--   1: int64 5
--   2: 2026-01-02T12:00:00.123456Z
--   3: decimal.Decimal 1.5
--   4: time.Duration 1s
---- in
-- PostgreSQL
select count(*) from "messages" t0 where t0."room_id" = any($1::uuid[]);
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
-- SQLite
select count(*) from "messages" t0 where t0."room_id" in (select value from json_each(?1));
--   1: uuid array [0198b3a0-0000-7000-8000-000000000001 00000000-0000-0000-0000-000000000000]
---- in texts
-- PostgreSQL
select count(*) from "messages" t0 where t0."body" = any($1::text[]);
--   1: string array [a b]
-- SQLite
select count(*) from "messages" t0 where t0."body" in (select value from json_each(?1));
--   1: string array [a b]
---- in nothing
-- PostgreSQL
select count(*) from "messages" t0 where t0."likes" = any($1::bigint[]);
--   1: int array []
-- SQLite
select count(*) from "messages" t0 where t0."likes" in (select value from json_each(?1));
--   1: int array []
---- in bytes
-- PostgreSQL
select count(*) from "messages" t0 where t0."raw" = any($1::bytea[]);
--   1: bytes array [[120]]
-- SQLite
select count(*) from "messages" t0 where t0."raw" in (select unhex(value) from json_each(?1));
--   1: bytes array [[120]]
---- not null
-- PostgreSQL
select count(*) from "messages" t0 where not t0."seen_at" is null and t0."seen_at" is not null;
-- SQLite
select count(*) from "messages" t0 where not t0."seen_at" is null and t0."seen_at" is not null;
---- and or
-- PostgreSQL
select count(*) from "messages" t0 where (t0."likes" = $1::bigint or t0."likes" = $2::bigint and t0."body" = $3 or not t0."likes" = $4::bigint);
--   1: int64 1
--   2: int64 2
--   3: string x
--   4: int64 3
-- SQLite
select count(*) from "messages" t0 where (t0."likes" = ?1 or t0."likes" = ?2 and t0."body" = ?3 or not t0."likes" = ?4);
--   1: int64 1
--   2: int64 2
--   3: string x
--   4: int64 3
---- or in and
-- PostgreSQL
select count(*) from "messages" t0 where (t0."likes" = $1::bigint or t0."likes" = $2::bigint) and not (t0."likes" = $3::bigint or t0."likes" = $4::bigint);
--   1: int64 1
--   2: int64 2
--   3: int64 1
--   4: int64 2
-- SQLite
select count(*) from "messages" t0 where (t0."likes" = ?1 or t0."likes" = ?2) and not (t0."likes" = ?3 or t0."likes" = ?4);
--   1: int64 1
--   2: int64 2
--   3: int64 1
--   4: int64 2
---- folded
-- PostgreSQL
select count(*) from "messages" t0 where t0."likes" = $1::bigint and t0."likes" = $2::bigint;
--   1: int64 1
--   2: int64 2
-- SQLite
select count(*) from "messages" t0 where t0."likes" = ?1 and t0."likes" = ?2;
--   1: int64 1
--   2: int64 2
---- always
-- PostgreSQL
select count(*) from "messages" t0;
-- SQLite
select count(*) from "messages" t0;
---- never
-- PostgreSQL
select count(*) from "messages" t0 where false;
-- SQLite
select count(*) from "messages" t0 where false;
---- null in not
-- PostgreSQL
select count(*) from "messages" t0 where not (true and null and t0."likes" = $1::bigint);
--   1: int64 1
-- SQLite
select count(*) from "messages" t0 where not (true and null and t0."likes" = ?1);
--   1: int64 1
---- eq null
-- PostgreSQL
select count(*) from "messages" t0 where t0."body" is null;
-- SQLite
select count(*) from "messages" t0 where t0."body" is null;
---- distinct
-- PostgreSQL
select count(*) from "messages" t0 where t0."body" is distinct from $1;
--   1: string x
-- SQLite
select count(*) from "messages" t0 where t0."body" is not ?1;
--   1: string x
---- compare conditions
-- PostgreSQL
select count(*) from "messages" t0 where (t0."likes" = $1::bigint) = (t0."likes" = $2::bigint);
--   1: int64 1
--   2: int64 2
-- SQLite
select count(*) from "messages" t0 where (t0."likes" = ?1) = (t0."likes" = ?2);
--   1: int64 1
--   2: int64 2
---- arithmetic
-- PostgreSQL
select count(*) from "messages" t0 where (t0."likes"::bigint + $1::bigint) * -t0."likes"::bigint < $2::bigint - (t0."likes"::bigint - abs(t0."likes"::bigint));
--   1: int64 1
--   2: int64 1
-- SQLite
select count(*) from "messages" t0 where (t0."likes" + ?1) * -t0."likes" < ?2 - (t0."likes" - abs(t0."likes"));
--   1: int64 1
--   2: int64 1
---- division
-- PostgreSQL
select count(*) from "messages" t0 where t0."likes"::bigint / nullif($1::bigint, 0) < t0."likes"::bigint % nullif($2::bigint, 0);
--   1: int64 2
--   2: int64 3
-- SQLite
select count(*) from "messages" t0 where t0."likes" / nullif(?1, 0) < t0."likes" % nullif(?2, 0);
--   1: int64 2
--   2: int64 3
---- float division
-- PostgreSQL
select count(*) from "messages" t0 where t0."score" / nullif($1::double precision, 0) < t0."score" - $2::double precision * trunc(t0."score" / nullif($3::double precision, 0));
--   1: float64 2
--   2: float64 3
--   3: float64 3
-- SQLite
select count(*) from "messages" t0 where t0."score" / nullif(?1, 0) < t0."score" - ?2 * trunc(t0."score" / nullif(?3, 0));
--   1: float64 2
--   2: float64 3
--   3: float64 3
---- texts
-- PostgreSQL
select count(*) from "messages" t0 where (lower(t0."body") || $1::text || upper(trim(t0."body"))) = $2::text and length(t0."body") < $3::bigint;
--   1: string -
--   2: string x
--   3: int64 3
-- SQLite
select count(*) from "messages" t0 where (lower(t0."body") || ?1 || upper(trim(t0."body"))) = ?2 and length(t0."body") < ?3;
--   1: string -
--   2: string x
--   3: int64 3
---- contains
-- PostgreSQL
select count(*) from "messages" t0 where t0."body" like $1::text;
--   1: string %50\%\_\\*?[x]%
-- SQLite
select count(*) from "messages" t0 where instr(t0."body", ?1) > 0;
--   1: string 50%_\*?[x]
---- starts with
-- PostgreSQL
select count(*) from "messages" t0 where t0."body" like $1::text;
--   1: string 50\%\_\\*?[x]%
-- SQLite
select count(*) from "messages" t0 where t0."body" glob ?1;
--   1: string 50%_\[*][?][[]x]*
---- ends with
-- PostgreSQL
select count(*) from "messages" t0 where t0."body" like $1::text;
--   1: string %50\%\_
-- SQLite
select count(*) from "messages" t0 where substr(t0."body", length(t0."body") - length(?1) + 1) = ?2;
--   1: string 50%_
--   2: string 50%_
---- parts of fields
-- PostgreSQL
select count(*) from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" where strpos(t0."body", t1."name") > 0 and substr(t0."body", 1, length(t1."name")) = t1."name" and substr(t0."body", length(t0."body") - length(t1."name") + 1) = t1."name";
-- SQLite
select count(*) from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" where instr(t0."body", t1."name") > 0 and substr(t0."body", 1, length(t1."name")) = t1."name" and substr(t0."body", length(t0."body") - length(t1."name") + 1) = t1."name";
---- coalesce if
-- PostgreSQL
select count(*) from "messages" t0 where coalesce(t0."seen_at", t0."inserted_at") = case when t0."likes" = $1::bigint then t0."inserted_at" else $2::timestamptz end;
--   1: int64 0
--   2: 2026-01-02T12:00:00.123456Z
-- SQLite
select count(*) from "messages" t0 where coalesce(t0."seen_at", t0."inserted_at") = case when t0."likes" = ?1 then t0."inserted_at" else ?2 end;
--   1: int64 0
--   2: 2026-01-02T12:00:00.123456Z
---- paths
-- PostgreSQL
select count(*) from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" left join "teams" t2 on t2."id" = t1."team_id" left join "rooms" t3 on t3."id" = t0."room_id" where t1."name" = $1 and t2."name" = $2 and t3."name" = $3 and t1."active" = true;
--   1: string ann
--   2: string red
--   3: string x
-- SQLite
select count(*) from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" left join "teams" t2 on t2."id" = t1."team_id" left join "rooms" t3 on t3."id" = t0."room_id" where t1."name" = ?1 and t2."name" = ?2 and t3."name" = ?3 and t1."active" = true;
--   1: string ann
--   2: string red
--   3: string x
---- has one
-- PostgreSQL
select count(*) from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" left join "profiles" t2 on t2."id" = (select t3."id" from "profiles" t3 where t3."user_id" = t1."id" order by t3."id" limit 1) where t2."bio" = $1;
--   1: string x
-- SQLite
select count(*) from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" left join "profiles" t2 on t2."id" = (select t3."id" from "profiles" t3 where t3."user_id" = t1."id" order by t3."id" limit 1) where t2."bio" = ?1;
--   1: string x
---- calculations
-- PostgreSQL
select count(*) from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" left join "teams" t2 on t2."id" = t1."team_id" left join "rooms" t3 on t3."id" = t0."room_id" where (t1."name" || $1::text || t2."name") = $2::text and ((select count(*) from "messages" t4 where t4."room_id" = t3."id")) = $3::bigint;
--   1: string  of 
--   2: string ann of red
--   3: int64 3
-- SQLite
select count(*) from "messages" t0 left join "users" t1 on t1."id" = t0."author_id" left join "teams" t2 on t2."id" = t1."team_id" left join "rooms" t3 on t3."id" = t0."room_id" where (t1."name" || ?1 || t2."name") = ?2 and ((select count(*) from "messages" t4 where t4."room_id" = t3."id")) = ?3;
--   1: string  of 
--   2: string ann of red
--   3: int64 3
---- exists
-- PostgreSQL
select count(*) from "rooms" t0 left join "users" t3 on t3."id" = t0."owner_id" where exists (select 1 from "messages" t1 left join "users" t2 on t2."id" = t1."author_id" where t1."room_id" = t0."id" and t2."name" = $1 and t1."body" = t0."name" and t1."body" = t3."name");
--   1: string ann
-- SQLite
select count(*) from "rooms" t0 left join "users" t3 on t3."id" = t0."owner_id" where exists (select 1 from "messages" t1 left join "users" t2 on t2."id" = t1."author_id" where t1."room_id" = t0."id" and t2."name" = ?1 and t1."body" = t0."name" and t1."body" = t3."name");
--   1: string ann
---- nested exists
-- PostgreSQL
select count(*) from "users" t0 where exists (select 1 from "rooms" t1 join "memberships" t2 on t2."room_id" = t1."id" where t2."user_id" = t0."id" and exists (select 1 from "messages" t3 where t3."room_id" = t1."id" and t3."author_id" = t0."id" and t3."body" = t1."name"));
-- SQLite
select count(*) from "users" t0 where exists (select 1 from "rooms" t1 join "memberships" t2 on t2."room_id" = t1."id" where t2."user_id" = t0."id" and exists (select 1 from "messages" t3 where t3."room_id" = t1."id" and t3."author_id" = t0."id" and t3."body" = t1."name"));
---- count
-- PostgreSQL
select count(*) from "rooms" t0 where $1::bigint < (select count(*) from "messages" t1 where t1."room_id" = t0."id");
--   1: int64 3
-- SQLite
select count(*) from "rooms" t0 where ?1 < (select count(*) from "messages" t1 where t1."room_id" = t0."id");
--   1: int64 3
---- many to many without identity
-- PostgreSQL
select count(*) from "rooms" t0 where $1::bigint < (select count(*) from "tags" t1 join (select distinct "room_id", "tag_id" from "taggings") t2 on t2."tag_id" = t1."id" where t2."room_id" = t0."id" and t1."word" = $2);
--   1: int64 3
--   2: string go
-- SQLite
select count(*) from "rooms" t0 where ?1 < (select count(*) from "tags" t1 join (select distinct "room_id", "tag_id" from "taggings") t2 on t2."tag_id" = t1."id" where t2."room_id" = t0."id" and t1."word" = ?2);
--   1: int64 3
--   2: string go
---- through one
-- PostgreSQL
select count(*) from "messages" t0 left join "rooms" t1 on t1."id" = t0."room_id" where $1::bigint < (select count(*) from "messages" t2 where t2."room_id" = t1."id");
--   1: int64 3
-- SQLite
select count(*) from "messages" t0 left join "rooms" t1 on t1."id" = t0."room_id" where ?1 < (select count(*) from "messages" t2 where t2."room_id" = t1."id");
--   1: int64 3
---- condensed
-- PostgreSQL
select count(*) from "rooms" t0 where ((select max(t1."inserted_at") from "messages" t1 where t1."room_id" = t0."id")) is null and (select sum(t2."likes"::bigint)::bigint from "messages" t2 where t2."room_id" = t0."id") = (select max(t3."likes") from "messages" t3 where t3."room_id" = t0."id") and (select avg(t4."likes")::double precision from "messages" t4 where t4."room_id" = t0."id") = $1::double precision and (select t5."id" from "messages" t5 where t5."room_id" = t0."id" and t5."id" is not null order by t5."id" limit 1) = $2::uuid and (select t6."body" from "messages" t6 where t6."room_id" = t0."id" order by t6."inserted_at" desc, t6."id" limit 1) = $3::text;
--   1: float64 1.5
--   2: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   3: string x
-- SQLite
select count(*) from "rooms" t0 where ((select max(t1."inserted_at") from "messages" t1 where t1."room_id" = t0."id")) is null and (select sum(t2."likes") from "messages" t2 where t2."room_id" = t0."id") = (select max(t3."likes") from "messages" t3 where t3."room_id" = t0."id") and (select avg(t4."likes") from "messages" t4 where t4."room_id" = t0."id") = ?1 and (select t5."id" from "messages" t5 where t5."room_id" = t0."id" and t5."id" is not null order by t5."id" limit 1) = ?2 and (select t6."body" from "messages" t6 where t6."room_id" = t0."id" order by t6."inserted_at" desc, t6."id" limit 1) = ?3;
--   1: float64 1.5
--   2: uuid.UUID 0198b3a0-0000-7000-8000-000000000001
--   3: string x
