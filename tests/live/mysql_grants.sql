grant reload, replication slave, replication client /*M!100502 , slave monitor */ on *.*
    to 'cdc_user'@'%';
grant select, references on inventory.* to 'cdc_user'@'%';
