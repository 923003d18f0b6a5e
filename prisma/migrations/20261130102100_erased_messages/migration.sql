-- A message whose person was erased before it was sent, and that has nothing to say without that person.
alter type message_status add value 'ERASED';
