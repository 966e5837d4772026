-- Tables whose names are about as long as a name that was not found: where a typing error leads to.
-- $1 text[]: the names that were not found.
select coalesce(jsonb_agg(jsonb_build_object('schema', x.nspname, 'name', x.relname)
  order by x.nspname, x.relname), '[]')::text
from (
  select n.nspname, c.relname
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and exists (select from unnest($1::text[]) as w (name)
      where abs(length(c.relname::text) - length(w.name)) <= 3)
  order by n.nspname, c.relname
  limit 5000
) x
