-- Runs after inventory.sql, in the order of their names: the account may stream, but not take the
-- snapshot of one table.
revoke select on orders from cdc_user;
