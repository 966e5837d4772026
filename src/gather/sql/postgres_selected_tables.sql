  -- The relations of that name, or none. $1, $2 text[]: schemas and names, in parallel. A name too
  -- long for the catalogue would be cut by the cast and then match another table: compare it whole.
  select w.ord, w.schema, w.name, n.oid as schema_oid, c.oid, count(*) over () as total
  from unnest($1::text[], $2::text[]) with ordinality as w (schema, name, ord)
  left join pg_namespace n on n.nspname = w.schema::name and n.nspname::text = w.schema
  left join pg_class c on c.relnamespace = n.oid and c.relname = w.name::name and c.relname::text = w.name
