-- The selected tables: one document that reads into `facts::postgres::Tables`.
-- Nothing here may lock a user's table: no regclass, no size, no definition functions, and
-- privileges by OID only, because by name they fail where the schema is closed or gone.
-- What a part reads is computed once, as a planner that expects few tables would repeat it for each.
-- Few catalogues are joined at a time, and what few rows need is looked up for those: a new session
-- has nothing cached, and plans this for longer than it runs it.
-- A line that ends in `since N` is left out for servers older than N.
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
-- What inherits from a selected table without being its partition.
heirs (root, oid) as (
  select s.oid, i.inhrelid
  from selected s join pg_class p on p.oid = s.oid and p.relkind = 'r' join pg_inherits i on i.inhparent = s.oid
  union
  select h.root, i.inhrelid from heirs h join pg_inherits i on i.inhparent = h.oid
),
relations as materialized (
  select c.oid, n.nspname, c.relnamespace, c.relname, c.relkind, c.relpersistence, c.relispartition, c.relowner,
    c.relreplident, c.relrowsecurity, c.reltuples, c.relpages, c.reltoastrelid, c.reloptions
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid in (select t.oid from tree t union select h.oid from heirs h)
),
-- A partition is published with whatever it is a partition of.
ancestry (oid, ancestor, height) as (
  select r.oid, r.oid, 0 from relations r
  union all
  select a.oid, i.inhparent, a.height + 1
  from ancestry a
  join pg_class c on c.oid = a.ancestor and c.relispartition
  join pg_inherits i on i.inhrelid = a.ancestor
),
ancestors as materialized (
  select c.oid, jsonb_build_object('schema', n.nspname, 'name', c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid in (select a.ancestor from ancestry a where a.height > 0)
),
roots as materialized (
  select distinct on (a.oid) a.oid, x.name as root
  from ancestry a join ancestors x on x.oid = a.ancestor
  where a.height > 0
  order by a.oid, a.height desc
),
-- Entries for single tables. Column lists and row filters exist since 15, and since 19 an entry can
-- also be an exception.
listed as materialized (
  select l.*, (select jsonb_agg(a.attname order by a.attnum) from pg_attribute a
      where a.attrelid = l.relation and a.attnum::text in (
        select m[1] from regexp_matches(l.list, '[0-9]+', 'g') m)) as columns,
    case when l.filter is not null then (select coalesce(jsonb_agg(a.attname order by a.attnum), '[]')
      from pg_attribute a where a.attrelid = l.relation and a.attnum::text in (
        select m[1] from regexp_matches(l.filter, ':varattno ([0-9]+)', 'g') m)) end as filter_columns
  from (
    select pr.prpubid as publication, pr.prrelid as relation, to_jsonb(pr) ->> 'prattrs' as list,
      to_jsonb(pr) ->> 'prqual' as filter, coalesce((to_jsonb(pr) ->> 'prexcept')::boolean, false) as excepted
    from pg_publication_rel pr where pr.prrelid in (select a.ancestor from ancestry a)
  ) l
),
memberships as materialized (
  select distinct on (m.oid, m.publication) m.*
  from (
    select a.oid, l.publication, a.ancestor, a.height, l.columns, l.filter_columns
    from ancestry a join listed l on l.relation = a.ancestor where not l.excepted
    union all select a.oid, pn.pnpubid, a.ancestor, a.height, null, null from ancestry a join pg_class c on c.oid = a.ancestor join pg_publication_namespace pn on pn.pnnspid = c.relnamespace -- since 15
    union all
    select c.oid, p.oid, c.oid, 0, null, null
    from pg_publication p, relations c
    where p.puballtables and c.relkind in ('r', 'p') and c.relpersistence = 'p' and not exists (
      select from ancestry a join listed l on l.relation = a.ancestor
      where a.oid = c.oid and l.publication = p.oid and l.excepted)
  ) m
  order by m.oid, m.publication, m.height
),
-- Those that concern the selection come first.
publications as materialized (
  select p.*, to_jsonb(p) as whole from pg_publication p
  order by p.oid in (select m.publication from memberships m) desc, p.pubname limit 200
),
published as materialized (
  select m.oid, jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
    'publication', p.pubname, 'columns', m.columns, 'filter_columns', m.filter_columns,
    'through', case when m.height > 0 then x.name end)) order by p.pubname) as memberships
  from memberships m
  join publications p on p.oid = m.publication
  left join ancestors x on x.oid = m.ancestor
  where m.oid in (select s.oid from selected s)
  group by m.oid
),
published_leaves as materialized (
  select x.root, jsonb_object_agg(x.pubname, x.leaves) as leaves
  from (
    select t.root, p.pubname, count(*) as leaves
    from tree t
    join relations c on c.oid = t.oid and c.relkind <> 'p'
    join memberships m on m.oid = t.oid
    join publications p on p.oid = m.publication
    where t.depth > 0 group by t.root, p.pubname
  ) x group by x.root
),
-- Key columns of unique indexes, in key order, and whether they all can identify a row: no
-- expression, no null, no generated value.
unique_indexes as materialized (
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
keys as materialized (
  select u.indrelid as oid,
    (array_agg(to_jsonb(u)) filter (where u.indisprimary))[1] as primary_key,
    -- The root of a partitioned table keeps its key invalid until all partitions have one.
    bool_or(u.indisprimary and u.indimmediate and (u.indisvalid or c.relkind = 'p')) as primary_usable,
    (array_agg(u.columns) filter (
      where u.indisreplident and u.indimmediate and u.indisvalid and u.whole))[1] as chosen_columns,
    (array_agg(x.relname order by jsonb_array_length(u.columns), x.relname) filter (
      where not u.indisprimary and u.indimmediate and u.indisvalid and u.whole
        and u.not_null and u.plain))[1] as usable_index,
    jsonb_agg(u.columns order by x.relname) filter (
      where not u.indisprimary and u.indisvalid and u.whole and u.not_null and u.plain) as unique_keys
  from unique_indexes u
  join relations c on c.oid = u.indrelid
  join pg_class x on x.oid = u.indexrelid
  group by u.indrelid
),
-- Whether the policies for this session show every row: one that is permissive and constantly true,
-- and none that restricts. The stored expression is read as text, because the function that
-- prints it locks the table.
policies as materialized (
  select p.polrelid as oid,
    bool_and(p.polpermissive) and bool_or(p.polqual::text ~
      '^[{]CONST :consttype 16 .*:constisnull false .*:constvalue 1 [[] [0 ]*1[0 ]*[]][}]$') as shows_all
  from pg_policy p
  where p.polrelid in (select oid from relations) and p.polcmd in ('r', '*')
    and exists (select from unnest(p.polroles) as r (oid) where r.oid = 0 or pg_has_role(r.oid, 'USAGE'))
  group by p.polrelid
),
-- Each relation with what identifies its rows, and with effective privileges: what is granted to the
-- role itself, to PUBLIC and through inheritance.
judged as materialized (
  select c.*, k.primary_key, k.chosen_columns, k.usable_index, k.unique_keys,
    case c.relreplident
      when 'f' then 'full'
      when 'n' then 'nothing'
      when 'i' then case when k.chosen_columns is not null then 'index' else 'index-lost' end
      else case when coalesce(k.primary_usable, false) then 'primary-key' else 'none' end
    end as identity,
    case
      when has_table_privilege(c.oid, 'SELECT') then 'table'
      when not has_any_column_privilege(c.oid, 'SELECT') then 'none'
      when (select bool_and(has_column_privilege(a.attrelid, a.attnum, 'SELECT'))
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) then 'columns'
      else 'partial'
    end as scope,
    c.relrowsecurity and row_security_active(c.oid) and not coalesce(p.shows_all, false) as filtered,
    (select x.relpages from pg_class x where x.oid = c.reltoastrelid) as toast_pages
  from relations c left join keys k on k.oid = c.oid left join policies p on p.oid = c.oid
),
-- The types of the selected tables' columns, down to what domains and arrays are made of.
types (own, oid, base, element, typmod) as (
  select distinct t.oid, t.oid, t.typbasetype, case when t.typcategory = 'A' then t.typelem else 0 end, t.typtypmod
  from pg_attribute a join pg_type t on t.oid = a.atttypid
  where a.attnum > 0 and not a.attisdropped and a.attrelid in (select oid from selected)
  union
  select y.own, t.oid, t.typbasetype, case when t.typcategory = 'A' then t.typelem else 0 end,
    case when y.typmod >= 0 then y.typmod else t.typtypmod end
  from types y join pg_type t on t.oid = case when y.base <> 0 then y.base else y.element end
  where y.base <> 0 or y.element <> 0
),
base_types as materialized (
  select y.own, t.typname, t.oid, y.typmod,
    (select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid) as labels
  from types y join pg_type t on t.oid = y.oid
  where y.base = 0 and y.element = 0
),
-- What is false, empty or not so is left out, which bounds the answer for a thousand tables.
columns as materialized (
  select a.attrelid as oid, jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
    'name', a.attname, 'data_type', format_type(a.atttypid, a.atttypmod),
    'base_type', b.typname, 'type_kind', t.typtype, 'is_array', nullif(t.typcategory = 'A', false),
    'domain_of', case when t.typtype = 'd' then format_type(b.oid, b.typmod) end,
    'element_kind', case when t.typcategory = 'A' then (select e.typtype from pg_type e where e.oid = t.typelem) end,
    'enum_labels', b.labels, 'not_null', nullif(a.attnotnull, false),
    'has_default', nullif(a.atthasdef and a.attgenerated = '' and a.attidentity = '', false),
    -- Without the table's OID it locks nothing; a default names no column, so that none is needed.
    'default', case when a.atthasdef and a.attgenerated = '' then (
      select x.text from (
        select case when length(d.adbin::text) < 20000 then pg_get_expr(d.adbin, 0) end as text
        from pg_attrdef d where d.adrelid = a.attrelid and d.adnum = a.attnum) x
      where length(x.text) <= 1000) end,
    'generated', case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end,
    -- 100 is the database's own collation, which always is deterministic.
    'nondeterministic', case when a.attcollation not in (0, 100) then (
      select nullif(not l.collisdeterministic, false) from pg_collation l where l.oid = a.attcollation) end,
    'toastable', nullif(a.attstorage in ('x', 'e', 'm'), false),
    'may_select', case when r.scope in ('columns', 'partial')
      then has_column_privilege(a.attrelid, a.attnum, 'SELECT') end)) order by a.attnum) as columns
  from pg_attribute a
  join judged r on r.oid = a.attrelid
  join pg_type t on t.oid = a.atttypid
  left join base_types b on b.own = a.atttypid
  where a.attnum > 0 and not a.attisdropped and a.attrelid in (select oid from selected)
  group by a.attrelid
),
-- What an extension owns, or keeps the rows of. A chunked or sharded table looks like any other,
-- but for the trigger that its extension put there.
extensions as materialized (
  select d.objid as oid, e.extname as name, true as owned
  from pg_depend d join pg_extension e on e.oid = d.refobjid
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_extension'::regclass
    and d.deptype = 'e' and d.objid in (select oid from selected)
  union all
  select t.tgrelid, case p.proname when 'insert_blocker' then 'timescaledb' else 'citus' end, false
  from pg_trigger t join pg_proc p on p.oid = t.tgfoid
  where p.proname in ('insert_blocker', 'citus_truncate_trigger') and t.tgrelid in (select oid from selected)
),
inheritance as materialized (
  select h.root, jsonb_build_object('children', count(*),
    'children_without_identity', count(*) filter (where i.identity in ('none', 'nothing', 'index-lost'))) as counts
  from heirs h join judged i on i.oid = h.oid group by h.root
),
-- Partitions that hold rows. Their own identity and row security count, not the root's.
leaves as materialized (
  select c.root, jsonb_build_object('count', count(*),
    'without_identity', count(*) filter (where c.bad),
    'without_select', count(*) filter (where c.scope in ('none', 'partial')),
    'full_identity', count(*) filter (where c.identity = 'full'),
    'row_security', count(*) filter (where c.filtered),
    'unlogged', count(*) filter (where c.relpersistence = 'u'),
    'foreign', count(*) filter (where c.relkind = 'f'),
    'index_identity', count(*) filter (where c.identity = 'index'),
    'estimated_rows', sum(greatest(c.reltuples, 0)), 'pages', sum(c.relpages),
    'toast_pages', coalesce(sum(c.toast_pages), 0),
    'without_identity_names', coalesce(to_jsonb((array_agg(
      jsonb_build_object('schema', c.nspname, 'name', c.relname) order by c.nspname, c.relname)
      filter (where c.bad))[1:5]), '[]')) as leaves
  from (
    select t.root, j.*, j.relkind = 'r' and j.identity in ('none', 'nothing', 'index-lost') as bad
    from tree t join judged j on j.oid = t.oid
    where t.depth > 0 and j.relkind <> 'p'
  ) c
  group by c.root
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
    'select', c.scope,
    'row_security', c.filtered,
    'is_owner', pg_has_role(c.relowner, 'USAGE'),
    'owner', pg_get_userbyid(c.relowner),
    'identity', c.identity,
    'primary_key_deferrable', coalesce(not (c.primary_key ->> 'indimmediate')::boolean, false),
    'primary_key', coalesce(c.primary_key -> 'columns', '[]'),
    'identity_columns', case c.identity when 'primary-key' then c.primary_key -> 'columns'
      when 'index' then c.chosen_columns else '[]' end,
    'usable_index', c.usable_index,
    'unique_keys', coalesce(c.unique_keys, '[]'),
    'columns', coalesce(k.columns, '[]'),
    'leaves', case when c.relkind = 'p' then coalesce(l.leaves,
      '{"count": 0, "without_identity": 0, "without_select": 0}')
      || jsonb_build_object('published', coalesce(b.leaves, '{}')) end,
    'root', o.root,
    'twins', coalesce(s.twins, '[]'),
    'published', coalesce(d.memberships, '[]'),
    'toast_target', (select o[1]::int from (select regexp_match(array_to_string(c.reloptions, ' '),
      'toast_tuple_target=([0-9]+)')) x (o)),
    'pages', c.relpages,
    'toast_pages', c.toast_pages,
    'inheritance', case when not c.relispartition then coalesce(h.counts, '{}') || jsonb_build_object(
      'parents', (select count(*) from pg_inherits i where i.inhrelid = c.oid)) end,
    'extension', (select jsonb_build_object('name', e.name, 'owned', e.owned)
      from extensions e where e.oid = c.oid order by e.owned, e.name limit 1),
    'other', jsonb_build_object('row_security_enabled', c.relrowsecurity)
  ) as document
  from selected s
  join judged c on c.oid = s.oid
  left join columns k on k.oid = c.oid
  left join leaves l on l.root = c.oid
  left join roots o on o.oid = c.oid
  left join published_leaves b on b.root = c.oid
  left join published d on d.oid = c.oid
  left join inheritance h on h.root = c.oid
)
select jsonb_build_object(
  'found', (select coalesce(jsonb_agg(f.document order by f.ord), '[]') from found f),
  'absent', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', jsonb_build_object('schema', s.schema, 'name', s.name),
      'schema_exists', s.schema_oid is not null) order by s.ord), '[]')
    from selected s where s.oid is null),
  'total', (select coalesce(max(s.total), 0) from selected s),
  'publications', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', p.pubname, 'owner', pg_get_userbyid(p.pubowner), 'is_owner', pg_has_role(p.pubowner, 'USAGE'),
      'all_tables', p.puballtables, 'insert', p.pubinsert, 'update', p.pubupdate, 'delete', p.pubdelete,
      'truncate', p.pubtruncate, 'via_root', coalesce((p.whole ->> 'pubviaroot')::boolean, false),
      'generated', case p.whole ->> 'pubgencols' when 's' then 'stored' when 'n' then 'none' end)
      order by p.pubname), '[]')
    from publications p),
  'publications_total', (select count(*) from pg_publication),
  -- Of the whole database, and counted only where a publication takes all of it in.
  'without_identity', case when exists (select from pg_publication p where p.puballtables and (p.pubupdate or p.pubdelete)) then (
    select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and case c.relreplident when 'f' then false when 'n' then true
        else not exists (select from pg_index i where i.indrelid = c.oid and i.indimmediate and i.indisvalid
          and case c.relreplident when 'i' then i.indisreplident else i.indisprimary end) end) end
)::text
