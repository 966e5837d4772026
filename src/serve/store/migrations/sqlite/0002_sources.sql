create table sources (
    name       text primary key,
    document   text not null,               -- a request that refers to its secrets
    action     text,
    options    text not null,               -- JSON
    every      bigint,                      -- seconds; null: only when asked
    next_at    bigint,
    created_at bigint not null,
    updated_at bigint not null
);

create index sources_due on sources (next_at);
