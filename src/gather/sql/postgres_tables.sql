-- The selected tables: one document that reads into `facts::postgres::Tables`.
-- Nothing here may lock a user's table: no regclass, no size, no definition functions, and
-- privileges by OID only, because by name they fail where the schema is closed or gone.
with recursive
selected as (
{selected}
),
-- The selected relations and all partitions below them.
tree (root, oid, depth) as (
  select s.oid, s.oid, 0 from selected s where s.oid is not null
  union all
  select t.root, i.inhrelid, t.depth + 1
  from tree t
  join pg_class p on p.oid = t.oid and p.relkind = 'p'
  join pg_inherits i on i.inhparent = t.oid
),
relations as (select distinct t.oid from tree t),
-- Key columns of unique indexes, in key order, and whether they all can identify a row: no
-- expression, no null, no generated value.
unique_indexes as (
  select i.indrelid, i.indexrelid, i.indisprimary, i.indisreplident, i.indimmediate, i.indisvalid,
    i.indpred is null and i.indexprs is null as whole,
    k.columns, coalesce(k.not_null, false) as not_null, coalesce(k.plain, false) as plain
  from pg_index i
  cross join lateral (
    select jsonb_agg(a.attname order by key.ord) as columns, bool_and(a.attnotnull) as not_null,
      bool_and(a.attgenerated = '') as plain
    from unnest(i.indkey::int2[]) with ordinality as key (attnum, ord)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = key.attnum
    where key.ord <= i.indnkeyatts
  ) k
  where i.indisunique and i.indislive and i.indrelid in (select oid from relations)
),
keys as (
  select c.oid,
    (select to_jsonb(u) from unique_indexes u where u.indrelid = c.oid and u.indisprimary limit 1) as primary_key,
    -- The root of a partitioned table keeps its key invalid until all partitions have one.
    exists (select from unique_indexes u where u.indrelid = c.oid and u.indisprimary
      and u.indimmediate and (u.indisvalid or c.relkind = 'p')) as primary_usable,
    (select u.columns from unique_indexes u where u.indrelid = c.oid and u.indisreplident
      and u.indimmediate and u.indisvalid and u.whole limit 1) as chosen_columns,
    (select x.relname from unique_indexes u join pg_class x on x.oid = u.indexrelid
      where u.indrelid = c.oid and not u.indisprimary and u.indimmediate and u.indisvalid and u.whole
        and u.not_null and u.plain
      order by jsonb_array_length(u.columns), x.relname limit 1) as usable_index
  from pg_class c where c.oid in (select oid from relations)
),
identities as (
  select c.oid, k.primary_key, k.chosen_columns, k.usable_index,
    case c.relreplident
      when 'f' then 'full'
      when 'n' then 'nothing'
      when 'i' then case when k.chosen_columns is not null then 'index' else 'index-lost' end
      else case when k.primary_usable then 'primary-key' else 'none' end
    end as identity
  from pg_class c join keys k on k.oid = c.oid
),
-- Whether the policies for this session show every row: one that is permissive and constantly true,
-- and none that restricts. The stored expression is read as text, because the function that
-- prints it locks the table.
policies as (
  select p.polrelid as oid,
    bool_and(p.polpermissive) and bool_or(p.polqual::text ~
      '^[{]CONST :consttype 16 .*:constisnull false .*:constvalue 1 [[] [0 ]*1[0 ]*[]][}]$') as shows_all
  from pg_policy p
  where p.polrelid in (select oid from relations) and p.polcmd in ('r', '*')
    and exists (select from unnest(p.polroles) as r (oid) where r.oid = 0 or pg_has_role(r.oid, 'USAGE'))
  group by p.polrelid
),
-- Effective privileges: what is granted to the role itself, to PUBLIC and through inheritance.
readable as (
  select c.oid,
    case
      when has_table_privilege(c.oid, 'SELECT') then 'table'
      when not has_any_column_privilege(c.oid, 'SELECT') then 'none'
      when (select bool_and(has_column_privilege(a.attrelid, a.attnum, 'SELECT'))
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) then 'columns'
      else 'partial'
    end as scope,
    c.relrowsecurity and row_security_active(c.oid) and not coalesce(p.shows_all, false) as filtered
  from pg_class c left join policies p on p.oid = c.oid
  where c.oid in (select oid from relations)
),
-- The types of the selected tables' columns, down to what domains and arrays are made of.
types (own, oid, base, element) as (
  select distinct t.oid, t.oid, t.typbasetype, case when t.typcategory = 'A' then t.typelem else 0 end
  from pg_attribute a join pg_type t on t.oid = a.atttypid
  where a.attnum > 0 and not a.attisdropped and a.attrelid in (select oid from selected)
  union
  select y.own, t.oid, t.typbasetype, case when t.typcategory = 'A' then t.typelem else 0 end
  from types y join pg_type t on t.oid = case when y.base <> 0 then y.base else y.element end
  where y.base <> 0 or y.element <> 0
),
base_types as (
  select y.own, t.typname,
    (select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid) as labels
  from types y join pg_type t on t.oid = y.oid
  where y.base = 0 and y.element = 0
),
columns as (
  select a.attrelid as oid, jsonb_agg(jsonb_build_object(
    'name', a.attname, 'data_type', format_type(a.atttypid, a.atttypmod),
    'base_type', b.typname, 'type_kind', t.typtype, 'is_array', t.typcategory = 'A',
    'enum_labels', coalesce(b.labels, '[]'), 'not_null', a.attnotnull,
    'has_default', a.atthasdef and a.attgenerated = '' and a.attidentity = '',
    'generated', case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' else 'never' end,
    'toastable', a.attstorage in ('x', 'e', 'm')) order by a.attnum) as columns
  from pg_attribute a
  join pg_type t on t.oid = a.atttypid
  left join base_types b on b.own = a.atttypid
  where a.attnum > 0 and not a.attisdropped and a.attrelid in (select oid from selected)
  group by a.attrelid
),
-- Partitions that hold rows. Their own identity and row security count, not the root's.
leaves as (
  select t.root, jsonb_build_object('count', count(*),
    'without_identity', count(*) filter (where i.bad),
    'without_select', count(*) filter (where r.scope in ('none', 'partial')),
    'full_identity', count(*) filter (where i.identity = 'full'),
    'row_security', count(*) filter (where r.filtered),
    'unlogged', count(*) filter (where c.relpersistence = 'u'),
    'foreign', count(*) filter (where c.relkind = 'f'),
    'without_identity_names', coalesce(to_jsonb((array_agg(
      jsonb_build_object('schema', n.nspname, 'name', c.relname) order by n.nspname, c.relname)
      filter (where i.bad))[1:5]), '[]')) as leaves
  from tree t
  join pg_class c on c.oid = t.oid and c.relkind <> 'p'
  join pg_namespace n on n.oid = c.relnamespace
  cross join lateral (
    select x.identity, c.relkind = 'r' and x.identity in ('none', 'nothing', 'index-lost') as bad
    from identities x where x.oid = c.oid
  ) i
  join readable r on r.oid = c.oid
  where t.depth > 0
  group by t.root
),
found as (
  select s.ord, jsonb_build_object(
    'name', jsonb_build_object('schema', s.schema, 'name', s.name),
    'kind', case c.relkind when 'r' then 'table' when 'p' then 'partitioned' when 'v' then 'view'
      when 'm' then 'materialized-view' when 'f' then 'foreign' when 'S' then 'sequence'
      when 'i' then 'index' when 'I' then 'index' else 'other' end,
    'persistence', case c.relpersistence when 'u' then 'unlogged' when 't' then 'temporary' else 'permanent' end,
    'is_partition', c.relispartition,
    'estimated_rows', c.reltuples,
    'schema_usage', has_schema_privilege(c.relnamespace, 'USAGE'),
    'select', r.scope,
    'row_security', r.filtered,
    'is_owner', pg_has_role(c.relowner, 'USAGE'),
    'owner', pg_get_userbyid(c.relowner),
    'identity', i.identity,
    'primary_key_deferrable', coalesce(not (i.primary_key ->> 'indimmediate')::boolean, false),
    'primary_key', coalesce(i.primary_key -> 'columns', '[]'),
    'identity_columns', case i.identity when 'primary-key' then i.primary_key -> 'columns'
      when 'index' then i.chosen_columns else '[]' end,
    'usable_index', i.usable_index,
    'columns', coalesce(k.columns, '[]'),
    'leaves', case when c.relkind = 'p' then coalesce(l.leaves,
      '{"count": 0, "without_identity": 0, "without_select": 0}') end,
    'other', jsonb_build_object('pages', c.relpages, 'row_security_enabled', c.relrowsecurity,
      'inheritance_children', case when c.relkind = 'r'
        then (select count(*) from pg_inherits h where h.inhparent = c.oid) else 0 end)
  ) as document
  from selected s
  join pg_class c on c.oid = s.oid
  join identities i on i.oid = c.oid
  join readable r on r.oid = c.oid
  left join columns k on k.oid = c.oid
  left join leaves l on l.root = c.oid
)
select jsonb_build_object(
  'found', (select coalesce(jsonb_agg(f.document order by f.ord), '[]') from found f),
  'absent', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', jsonb_build_object('schema', s.schema, 'name', s.name),
      'schema_exists', s.schema_oid is not null) order by s.ord), '[]')
    from selected s where s.oid is null)
)::text
