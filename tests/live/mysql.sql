drop database if exists inventory;
drop user if exists 'cdc_user'@'%';
create database inventory;
