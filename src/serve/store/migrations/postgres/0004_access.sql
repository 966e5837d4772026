-- Tokens of the API. Of the secret only a digest is kept.
create table tokens (
    id           text primary key,          -- the part of the token that is no secret
    name         text not null,
    scopes       text not null,             -- words with commas between them
    digest       text not null,             -- SHA-256, hexadecimal
    created_at   bigint not null,
    expires_at   bigint not null,
    revoked_at   bigint,
    last_used_at bigint
);

-- Who did what. Rows are added and, when they are old, removed; none is changed.
create table audit (
    id       text primary key,              -- UUIDv7: in the order of what happened
    at       bigint not null,
    actor    text not null,                 -- token:ID, certificate:NAME, operator or anybody
    name     text,                          -- what the token is called
    action   text not null,
    resource text not null,                 -- the path of what it was done to
    outcome  text not null,
    address  text,
    request  text                           -- the id of the request, as the log has it
);

create index audit_at on audit (at);
