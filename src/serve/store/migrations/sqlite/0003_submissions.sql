-- A submission by its Idempotency-Key: run once, answered as often as it is asked for.
create table submissions (
    key          text primary key,
    preflight    text not null references preflights (id) on delete cascade,
    fingerprint  text not null,             -- of what is asked, without secrets
    worker       text,
    leased_until bigint,
    answer       text,                      -- JSON; null while it runs
    created_at   bigint not null
);

create index submissions_of_preflight on submissions (preflight, created_at);

-- What was sent to each target. The number makes one of two writers fail, whatever they think.
create table journal (
    target text not null,
    number bigint not null,                 -- from 1
    line   text not null,                   -- JSON
    primary key (target, number)
);

-- Who may write to the journal of a target now.
create table journal_leases (
    target       text primary key,
    worker       text not null,
    leased_until bigint not null
);
