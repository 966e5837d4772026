grant connect on database inventory to cdc_user;
grant usage on schema public to cdc_user;
grant select on public.products, public.orders to cdc_user;
