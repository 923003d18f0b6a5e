-- Mails about bookings that wait until they are accepted.
alter type mail_kind add value 'REQUESTED';
alter type mail_kind add value 'REQUEST_CHANGED';
alter type mail_kind add value 'WITHDRAWN';
alter type mail_kind add value 'ACCEPTED';
alter type mail_kind add value 'DECLINED';
