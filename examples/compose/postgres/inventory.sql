-- Runs once, as superuser, in the database inventory.
create table products (
    id bigint generated always as identity primary key,
    name text not null,
    price numeric(10, 2) not null
);

create table orders (
    id bigint generated always as identity primary key,
    product_id bigint not null references products,
    quantity integer not null check (quantity > 0),
    placed_at timestamptz not null default now()
);

insert into products (name, price) values ('compass', 24.90), ('sextant', 310.00);
insert into orders (product_id, quantity) values (1, 3), (2, 1);

-- What change data capture needs and no more: replication, and reading rows for the snapshot.
create role cdc_user login replication password 'cdc-demonstration';
grant connect on database inventory to cdc_user;
grant usage on schema public to cdc_user;
grant select on products, orders to cdc_user;
-- Creating a publication takes the tables' owner, so the owner does it.
create publication dbz_publication for table products, orders;
