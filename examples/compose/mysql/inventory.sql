-- Runs once, as root, in the database inventory.
create table products (
    id bigint not null auto_increment primary key,
    name varchar(200) not null,
    price decimal(10, 2) not null
);

create table orders (
    id bigint not null auto_increment primary key,
    product_id bigint not null,
    quantity int not null check (quantity > 0),
    placed_at timestamp not null default current_timestamp,
    foreign key (product_id) references products (id)
);

insert into products (name, price) values ('compass', 24.90), ('sextant', 310.00);
insert into orders (product_id, quantity) values (1, 3), (2, 1);

-- What change data capture needs and no more: the binary log, and reading rows for the snapshot.
create user 'cdc_user'@'%' identified by 'cdc-demonstration';
grant replication slave, replication client on *.* to 'cdc_user'@'%';
grant select on inventory.* to 'cdc_user'@'%';
