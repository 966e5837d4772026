  -- All tables of the schemas $1 text[]; of every schema but the system's own where it is empty.
  -- Partitions come with their root. $2 text[] is not used. `total` counts also what is more than one
  -- visit reads.
  select row_number() over (order by n.nspname, c.relname) as ord, n.nspname::text as schema,
    c.relname::text as name, n.oid as schema_oid, c.oid, null::jsonb as twins, count(*) over () as total
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition
    and case when cardinality($1::text[]) + cardinality($2::text[]) = 0
      then n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      else n.nspname::text = any ($1) end
  order by n.nspname, c.relname limit 10000
