grant process, reload, replication slave, replication client
    /*M!100502 , slave monitor */ /*!80000 , xa_recover_admin */ on *.*
    to 'cdc_user'@'%';
grant select, references on inventory.* to 'cdc_user'@'%';
grant select on `performance\_schema`.* to 'cdc_user'@'%';
