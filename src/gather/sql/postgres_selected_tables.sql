  -- The relations of that name, or none. $1, $2 text[]: schemas and names, in parallel. An exact match
  -- wins; without one, the first table whose name differs only by case, because connectors compare
  -- names without regard to it. `twins` are the other tables that such a connector takes for it.
  -- Names are compared whole: a cast would cut a long one, which then is another table's.
  with wanted as (
    select w.ord, w.schema, w.name, lower(w.schema collate "C") as folded_schema, lower(w.name collate "C") as folded_name
    from unnest($1::text[], $2::text[]) with ordinality as w (schema, name, ord)
  ),
  alike as materialized (
    select n.nspname::text as schema, c.relname::text as name, n.oid as schema_oid, c.oid, c.relkind in ('r', 'p') as is_table,
      lower(n.nspname::text collate "C") as folded_schema, lower(c.relname::text collate "C") as folded_name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where lower(c.relname::text collate "C") in (select w.folded_name from wanted w)
  ),
  chosen as (
    select distinct on (w.ord) w.ord, a.*
    from wanted w join alike a on a.folded_name = w.folded_name and a.folded_schema = w.folded_schema
    where a.is_table or a.schema = w.schema and a.name = w.name
    order by w.ord, a.schema = w.schema and a.name = w.name desc, a.name = w.name desc, a.schema = w.schema desc,
      a.schema, a.name
  ),
  twins as (
    select a.oid, jsonb_agg(jsonb_build_object('schema', b.schema, 'name', b.name) order by b.schema, b.name) as names
    from alike a join alike b on b.folded_name = a.folded_name and b.folded_schema = a.folded_schema
    where b.is_table and b.oid <> a.oid group by a.oid
  )
  select distinct on (c.oid, case when c.oid is null then w.ord end) w.ord,
    coalesce(c.schema, w.schema) as schema, coalesce(c.name, w.name) as name,
    coalesce(c.schema_oid, n.oid) as schema_oid, c.oid, t.names as twins, count(*) over () as total
  from wanted w
  left join chosen c on c.ord = w.ord
  left join twins t on t.oid = c.oid
  left join pg_namespace n on n.nspname::text = w.schema
  order by c.oid, case when c.oid is null then w.ord end, w.ord
