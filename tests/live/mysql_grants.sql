grant replication slave, replication client on *.* to 'cdc_user'@'%';
grant select on inventory.* to 'cdc_user'@'%';
