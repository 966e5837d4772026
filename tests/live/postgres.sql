select pg_drop_replication_slot(slot_name) from pg_replication_slots;
drop database if exists inventory with (force);
drop role if exists cdc_user;
create database inventory;
create role cdc_user login replication;
