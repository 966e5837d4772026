-- The server as this session sees it: one document that reads into `facts::postgres::Server`.
-- $1 text[]: the settings to read.
-- A line that ends in `since N` is left out for servers older than N.
-- Where a view only joins names to a function that everybody may call, the function is called: a
-- new session reads and plans each view's definition anew, which takes longer than the answer.
with recursive
own as materialized (
  select r.oid, r.rolname, r.rolsuper, r.rolreplication, r.rolbypassrls, r.rolconnlimit, r.rolcreaterole,
    r.rolcreatedb, r.rolinherit, r.rolvaliduntil
  from pg_roles r where r.rolname = session_user
),
-- Roles whose privileges the login role may use. A WAL sender is authorised as the login role,
-- whatever role the session was switched to.
memberships (oid) as (
  select m.roleid from own o join pg_auth_members m on m.member = o.oid
  union
  select m.roleid from memberships x join pg_auth_members m on m.member = x.oid
),
-- Settings attached to this role or this database, with the words that pg_settings uses.
attached (name, value, source) as (
  select lower(split_part(entry, '=', 1)),
    (array_agg(substr(entry, strpos(entry, '=') + 1)
      order by (s.setrole <> 0)::int * 2 + (s.setdatabase <> 0)::int desc))[1],
    (array_agg(case
        when s.setdatabase <> 0 and s.setrole <> 0 then 'database user'
        when s.setrole <> 0 then 'user'
        when s.setdatabase <> 0 then 'database'
        else 'global' end
      order by (s.setrole <> 0)::int * 2 + (s.setdatabase <> 0)::int desc))[1]
  from pg_db_role_setting s, unnest(s.setconfig) entry
  where s.setdatabase in (0, (select d.oid from pg_database d where d.datname = current_database()))
    and s.setrole in (0, (select o.oid from own o))
  group by 1
),
-- This visit bounds its own statements: a setting of the session is shown as it was before.
settings as (
  select s.name, s.unit, s.pending_restart, s.name = any ($1) as wanted,
    s.name ~ '^(rds|aurora|cloudsql|alloydb|azure|neon|polar|supautils|citus|timescaledb)[._]' as vendor,
    case when s.source = 'session' then s.reset_val else s.setting end as value,
    case when s.source <> 'session' then s.source
      else coalesce(a.source, case when s.reset_val = s.boot_val then 'default' else 'configuration file' end)
    end as source
  from pg_show_all_settings() s left join attached a on a.name = lower(s.name)
),
-- Whoever holds a transaction id delays the creation of a slot, in whichever database. pg_locks
-- shows this to every role; pg_stat_activity does not.
writers as (
  select l.pid, age(l.transactionid) as age from pg_lock_status() l
  where l.locktype = 'transactionid' and l.granted and l.mode = 'ExclusiveLock'
  order by age(l.transactionid) desc limit 20
),
counted as (
  select d.datname = current_database() as is_own,
    pg_stat_get_db_numbackends(d.oid) as sessions, pg_stat_get_db_xact_commit(d.oid) as commits
  from pg_database d
)
select jsonb_build_object(
  'version_num', current_setting('server_version_num')::int,
  'version', version(),
  'in_recovery', pg_is_in_recovery(),
  'session_user', session_user,
  'current_user', current_user,
  'backend_pid', pg_backend_pid(),
  'system_user', system_user, -- since 16
  'database', (
    select jsonb_build_object('name', d.datname, 'encoding', pg_encoding_to_char(d.encoding),
      'may_create', has_database_privilege(d.oid, 'CREATE'), 'xid_age', age(d.datfrozenxid),
      'collation_version', d.datcollversion, -- since 15
      'current_collation_version', pg_database_collation_actual_version(d.oid), -- since 15
      'may_connect', has_database_privilege(session_user, d.oid, 'CONNECT'),
      'allows_connections', d.datallowconn, 'connection_limit', d.datconnlimit)
    from pg_database d where d.datname = current_database()),
  'role', (
    select jsonb_build_object('name', r.rolname, 'superuser', r.rolsuper, 'replication', r.rolreplication,
      'bypass_rls', r.rolbypassrls, 'connection_limit', r.rolconnlimit,
      'create_role', r.rolcreaterole, 'create_database', r.rolcreatedb, 'inherit', r.rolinherit,
      'expires_in_seconds', case when isfinite(r.rolvaliduntil)
        then extract(epoch from r.rolvaliduntil - now())::bigint end)
    from own r),
  'member_of', (
    select coalesce(jsonb_object_agg(pg_get_userbyid(m.oid), pg_has_role(session_user, m.oid, 'USAGE')), '{}')
    from memberships m),
  'platform_roles', (
    select coalesce(jsonb_agg(r.rolname order by r.rolname), '[]') from pg_roles r
    where r.rolname in ('alloydbsuperuser', 'azure_pg_admin', 'cloudsqlsuperuser', 'neon_superuser',
      'pg_rds_superuser', 'rds_superuser', 'supabase_admin')),
  -- A provider is told by the names of its settings. Their values, and custom settings altogether,
  -- may be secrets and stay unread.
  'settings', (
    select jsonb_object_agg(s.name, jsonb_build_object(
      'value', case when s.wanted or not s.vendor then s.value end,
      'unit', s.unit, 'source', s.source, 'pending_restart', s.pending_restart))
    from settings s
    where s.wanted or s.vendor
      or s.source in ('user', 'database', 'database user', 'global') and s.name !~ '[.]'),
  'tls', (
    select jsonb_build_object('encrypted', t.ssl, 'version', t.sslversion)
    from pg_stat_get_activity(pg_backend_pid()) t),
  -- The rows of other roles are there, only their columns are hidden.
  'wal_senders', (select count(*) from pg_stat_get_wal_senders()),
  'slots', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', s.slot_name, 'kind', s.slot_type, 'plugin', s.plugin, 'database', d.datname,
      'active', s.active, 'temporary', s.temporary, 'wal_status', to_jsonb(s) ->> 'wal_status',
      'invalidation_reason', to_jsonb(s) ->> 'invalidation_reason',
      'failover', (to_jsonb(s) ->> 'failover')::boolean, 'synced', (to_jsonb(s) ->> 'synced')::boolean,
      'lag_bytes', case when not pg_is_in_recovery()
        then pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::bigint end,
      'unconfirmed_bytes', case when not pg_is_in_recovery()
        then pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn)::bigint end,
      'reserves_wal', s.restart_lsn is not null, 'active_pid', s.active_pid,
      'safe_wal_bytes', (to_jsonb(s) ->> 'safe_wal_size')::bigint,
      'conflicting', (to_jsonb(s) ->> 'conflicting')::boolean,
      'xmin_age', greatest(age(s.xmin), age(s.catalog_xmin)))
      order by s.slot_name), '[]')
    from pg_get_replication_slots() s left join pg_database d on d.oid = s.datoid),
  'sessions', jsonb_build_object(
    'all', (select sum(c.sessions) from counted c),
    'database', (select c.sessions from counted c where c.is_own),
    'own', (select count(*) from pg_stat_get_activity(null) a where a.usesysid = (select o.oid from own o))),
  'transactions', (
    select coalesce(jsonb_agg(jsonb_build_object('pid', w.pid, 'age', w.age, 'database', d.datname,
      'seconds', extract(epoch from now() - a.xact_start)::bigint) order by w.age desc), '[]')
    from writers w left join pg_stat_get_activity(null) a on a.pid = w.pid
    left join pg_database d on d.oid = a.datid),
  'prepared_transactions', (
    select coalesce(jsonb_agg(jsonb_build_object('gid', p.gid,
      'database', (select d.datname from pg_database d where d.oid = p.dbid), 'owner', pg_get_userbyid(p.ownerid),
      'seconds', extract(epoch from now() - p.prepared)::bigint) order by p.gid), '[]')
    from pg_prepared_xact() p),
  'wal', (select jsonb_build_object('bytes', wal_bytes, 'seconds', extract(epoch from now() - stats_reset)::bigint) from pg_stat_get_wal()), -- since 14
  'decoded', (select coalesce(jsonb_agg(jsonb_build_object('name', s.slot_name, 'spilled_bytes', t.spill_bytes, 'total_bytes', t.total_bytes) order by s.slot_name), '[]') from pg_get_replication_slots() s, pg_stat_get_replication_slot(s.slot_name::text) t where s.datoid is not null), -- since 14
  'commits', (
    select jsonb_build_object('own', coalesce(sum(c.commits) filter (where c.is_own), 0),
      'others', coalesce(sum(c.commits) filter (where not c.is_own), 0))
    from counted c),
  'event_triggers', (
    select coalesce(jsonb_agg(jsonb_build_object('name', e.evtname, 'event', e.evtevent,
      'enabled', e.evtenabled in ('O', 'A')) order by e.evtname), '[]')
    from pg_event_trigger e),
  'attached_client_encoding', (select a.value from attached a where a.name = 'client_encoding'),
  'extensions', (select coalesce(jsonb_object_agg(extname, extversion), '{}') from pg_extension)
)::text
