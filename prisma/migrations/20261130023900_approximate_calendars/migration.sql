-- A calendar of which some event's place in time is in doubt, while all the time that it may take is busy.

alter type trouble add value 'approximate';
