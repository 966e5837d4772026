drop database if exists inventory with (force);
drop role if exists cdc_user;
create database inventory;
create role cdc_user login replication;
