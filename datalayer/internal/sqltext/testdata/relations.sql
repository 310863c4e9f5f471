-- PostgreSQL
select t0."id", t1."id" from "shelves" t1 cross join lateral (select t2.* from "books" t2 where t2."shelf_id" = t1."id" and t2."year" > $1::bigint order by t2."year" desc, t2."id" limit 2) t0 where t1."id" = any($2::bigint[]) order by t1."id", t0."year" desc, t0."id";
--   1: int64 1900
--   2: int array [1 2]
select p.k, r.* from unnest($1::bigint[]) p(k) cross join lateral (select t0."id" from "shelves" t1 cross join lateral (select t2.* from "books" t2 where t2."shelf_id" = t1."id" and t2."year" > $2::bigint order by t2."year" desc, t2."id" limit 2) t0 where t1."id" = p.k order by t0."year" desc, t0."id" limit 6) r;
--   1: int array [1 2]
--   2: int64 1900
select t0."id", t1."id" from "shelves" t1 join "books" t0 on t0."shelf_id" = t1."id" where t1."id" = any($1::bigint[]) and t0."size" = t1."limit" order by t1."id", t0."id";
--   1: int array [1 2]
select p.k, r.* from unnest($1::bigint[]) p(k) cross join lateral (select t0."id" from "shelves" t1 join "books" t0 on t0."shelf_id" = t1."id" where t1."id" = p.k and t0."size" = t1."limit" order by t0."id" limit 6) r;
--   1: int array [1 2]
select t0."id", t1."id" from "shelves" t1 cross join lateral (select t2.* from "pages" t2 where t2."book_id" in (select t3."id" from "books" t3 where t3."shelf_id" = t1."id")) t0 where t1."id" = any($1::bigint[]) order by t1."id", t0."id";
--   1: int array [1 2]
select p.k, r.* from unnest($1::bigint[]) p(k) cross join lateral (select t0."id" from "shelves" t1 cross join lateral (select t2.* from "pages" t2 where t2."book_id" in (select t3."id" from "books" t3 where t3."shelf_id" = t1."id")) t0 where t1."id" = p.k order by t0."id" limit 6) r;
--   1: int array [1 2]
select t0."id", t1."id" from "shelves" t1 join "shelves" t0 on true where t1."id" = any($1::bigint[]) and t0."limit" = t1."limit" order by t1."id", t0."id";
--   1: int array [1 2]
select p.k, r.* from unnest($1::bigint[]) p(k) cross join lateral (select t0."id" from "shelves" t1 join "shelves" t0 on true where t1."id" = p.k and t0."limit" = t1."limit" order by t0."id" limit 6) r;
--   1: int array [1 2]
select t0."id" from "shelves" t0 where exists (select 1 from "books" t1 where t1."id" in (select t2."id" from "books" t2 where t2."shelf_id" = t0."id" and t2."year" > $1::bigint order by t2."year" desc, t2."id" limit 2) and t1."size" = $2::bigint) order by t0."id";
--   1: int64 1900
--   2: int64 3
select t0."id" from "shelves" t0 where exists (select 1 from "books" t1 where t1."shelf_id" = t0."id" and t1."size" = t0."limit") order by t0."id";
select t0."id" from "shelves" t0 where exists (select 1 from "pages" t1 where t1."book_id" in (select t2."id" from "books" t2 where t2."shelf_id" = t0."id")) order by t0."id";
select t0."id" from "shelves" t0 where exists (select 1 from "shelves" t1 where t1."limit" = t0."limit") order by t0."id";
select t0."id" from "shelves" t0 left join "books" t1 on t1."id" = (select t2."id" from "books" t2 where t2."shelf_id" = t0."id" order by t2."year" desc, t2."id" limit 1) where t1."size" = $1::bigint order by t0."id";
--   1: int64 4
delete from "shelves" as t0 where (select t1."size" from "books" t1 where t1."shelf_id" = t0."id" order by t1."year" desc, t1."id" limit 1) = $1::bigint;
--   1: int64 4
-- SQLite
select t0."id", t1."id" from "shelves" t1 join "books" t0 on t0."id" in (select t2."id" from "books" t2 where t2."shelf_id" = t1."id" and t2."year" > ?1 order by t2."year" desc, t2."id" limit 2) where t1."id" in (select value from json_each(?2)) order by t1."id", t0."year" desc, t0."id";
--   1: int64 1900
--   2: int array [1 2]
select * from (select t1."id" as k, t0."id" as c0, row_number() over (partition by t1."id" order by t0."year" desc, t0."id") as n from "shelves" t1 join "books" t0 on t0."id" in (select t2."id" from "books" t2 where t2."shelf_id" = t1."id" and t2."year" > ?1 order by t2."year" desc, t2."id" limit 2) where t1."id" in (select value from json_each(?2))) where n > ?3 and n <= ?4 order by k, n;
--   1: int64 1900
--   2: int array [1 2]
--   3: int64 0
--   4: int64 6
select t0."id", t1."id" from "shelves" t1 join "books" t0 on t0."shelf_id" = t1."id" where t1."id" in (select value from json_each(?1)) and t0."size" = t1."limit" order by t1."id", t0."id";
--   1: int array [1 2]
select * from (select t1."id" as k, t0."id" as c0, row_number() over (partition by t1."id" order by t0."id") as n from "shelves" t1 join "books" t0 on t0."shelf_id" = t1."id" where t1."id" in (select value from json_each(?1)) and t0."size" = t1."limit") where n > ?2 and n <= ?3 order by k, n;
--   1: int array [1 2]
--   2: int64 0
--   3: int64 6
select t0."id", t1."id" from "shelves" t1 join "pages" t0 on t0."book_id" in (select t2."id" from "books" t2 where t2."shelf_id" = t1."id") where t1."id" in (select value from json_each(?1)) order by t1."id", t0."id";
--   1: int array [1 2]
select * from (select t1."id" as k, t0."id" as c0, row_number() over (partition by t1."id" order by t0."id") as n from "shelves" t1 join "pages" t0 on t0."book_id" in (select t2."id" from "books" t2 where t2."shelf_id" = t1."id") where t1."id" in (select value from json_each(?1))) where n > ?2 and n <= ?3 order by k, n;
--   1: int array [1 2]
--   2: int64 0
--   3: int64 6
select t0."id", t1."id" from "shelves" t1 join "shelves" t0 on true where t1."id" in (select value from json_each(?1)) and t0."limit" = t1."limit" order by t1."id", t0."id";
--   1: int array [1 2]
select * from (select t1."id" as k, t0."id" as c0, row_number() over (partition by t1."id" order by t0."id") as n from "shelves" t1 join "shelves" t0 on true where t1."id" in (select value from json_each(?1)) and t0."limit" = t1."limit") where n > ?2 and n <= ?3 order by k, n;
--   1: int array [1 2]
--   2: int64 0
--   3: int64 6
select t0."id" from "shelves" t0 where exists (select 1 from "books" t1 where t1."id" in (select t2."id" from "books" t2 where t2."shelf_id" = t0."id" and t2."year" > ?1 order by t2."year" desc, t2."id" limit 2) and t1."size" = ?2) order by t0."id";
--   1: int64 1900
--   2: int64 3
select t0."id" from "shelves" t0 where exists (select 1 from "books" t1 where t1."shelf_id" = t0."id" and t1."size" = t0."limit") order by t0."id";
select t0."id" from "shelves" t0 where exists (select 1 from "pages" t1 where t1."book_id" in (select t2."id" from "books" t2 where t2."shelf_id" = t0."id")) order by t0."id";
select t0."id" from "shelves" t0 where exists (select 1 from "shelves" t1 where t1."limit" = t0."limit") order by t0."id";
select t0."id" from "shelves" t0 left join "books" t1 on t1."id" = (select t2."id" from "books" t2 where t2."shelf_id" = t0."id" order by t2."year" desc, t2."id" limit 1) where t1."size" = ?1 order by t0."id";
--   1: int64 4
delete from "shelves" as t0 where (select t1."size" from "books" t1 where t1."shelf_id" = t0."id" order by t1."year" desc, t1."id" limit 1) = ?1;
--   1: int64 4
