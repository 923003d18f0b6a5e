-- Webhook endpoints are paused and tried.
alter type webhook_event add value 'TEST';
alter table webhook_endpoint add column active boolean not null default true;
