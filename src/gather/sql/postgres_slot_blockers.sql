-- The transactions that a creation of a slot waits for: a list that reads into
-- `facts::postgres::Holder`. Without any privilege the rows are there, and role and database too;
-- since when a session has its transaction is hidden from other roles.
-- $1 text[]: the process that waits.
select coalesce(jsonb_agg(jsonb_build_object('xid', w.transactionid::text, 'pid', h.pid,
  'role', coalesce(a.usename, p.owner), 'database', coalesce(a.datname, p.database), 'gid', p.gid,
  'seconds', extract(epoch from clock_timestamp() - coalesce(a.xact_start, p.prepared))::bigint)
  order by h.pid), '[]')::text
from pg_locks w
join pg_locks h on h.locktype = 'transactionid' and h.transactionid = w.transactionid and h.granted
left join pg_stat_activity a on a.pid = h.pid
left join pg_prepared_xacts p on h.pid is null and p.transaction = w.transactionid
where w.locktype = 'transactionid' and not w.granted and w.pid::text = any ($1)
