-- Who accepts which findings, and until when.
create table waivers (
    name       text primary key,
    waiver     text not null,               -- JSON
    created_at bigint not null,
    updated_at bigint not null
);

-- How many checks came to what, for lists: the reports themselves are made from the facts.
alter table preflights add column counts text;  -- JSON

-- What is remembered of a stored source from one run to the next.
create table source_tracks (
    source       text primary key references sources (name) on delete cascade,
    run          text not null,             -- the last one that was looked at
    verdict_run  text,                      -- the last one with the verdict that holds
    verdict_next text,                      -- JSON: another verdict that was seen since
    contract_run text,                      -- the same of the event contract
    contract_next text
);

-- What has to be told to a webhook, until it is.
create table outbox (
    id           text primary key,          -- UUIDv7: in the order of creation
    body         text not null,             -- JSON: a CloudEvent
    created_at   bigint not null,
    due_at       bigint not null,
    attempts     bigint not null default 0,
    worker       text,
    leased_until bigint
);

create index outbox_due on outbox (due_at);
