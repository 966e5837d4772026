create table products (id int primary key, name varchar(200) not null, price numeric(10, 2));
create table orders (
    id bigint primary key,
    product_id int not null,
    note text,
    foreign key (product_id) references products (id)
);
