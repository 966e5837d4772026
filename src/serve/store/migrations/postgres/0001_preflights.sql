-- Times are milliseconds since 1970, UTC. Nothing in these tables is a secret.

create table preflights (
    id          text primary key,           -- UUIDv7: in the order of creation
    state       text not null,              -- queued, running, finished or failed
    source      text,                       -- the stored source it is of
    document    text,                       -- null where it came with secrets and was not kept
    action      text,
    options     text not null,              -- JSON
    created_at  bigint not null,
    started_at  bigint,
    finished_at bigint,
    attempts    bigint not null default 0,
    worker      text,                       -- who runs it: a new name for every attempt
    leased_until bigint,                    -- from then on the worker is taken for dead
    gate        text,                       -- open or closed
    exit_code   bigint,
    result      text                        -- JSON: what was found, or why nothing was
);

create index preflights_due on preflights (state, leased_until, id);
create index preflights_of_source on preflights (source, id);

create table preflight_events (
    preflight text not null references preflights (id) on delete cascade,
    number    bigint not null,              -- from 1
    at        bigint not null,
    event     text not null,                -- JSON
    primary key (preflight, number)
);
