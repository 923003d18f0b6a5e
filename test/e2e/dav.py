"""Debian's python3-caldav as a client of /dav/: what it finds, fetches and is refused, as one JSON object."""
import json
import sys
from datetime import datetime, timezone

import caldav
from caldav.lib import error

url, user, password, start, end = sys.argv[1:6]
start, end = (datetime.fromtimestamp(int(at) / 1000, timezone.utc) for at in (start, end))
told = {}

try:
    caldav.DAVClient(url, username=user, password="wrong").principal()
    told["wrong password"] = "let in"
except error.AuthorizationError:
    told["wrong password"] = "refused"

client = caldav.DAVClient(url, username=user, password=password)
calendars = client.principal().calendars()
told["calendars"] = [str(calendar.url.path) for calendar in calendars]
calendar = calendars[0]
told["name"] = calendar.get_property(caldav.elements.dav.DisplayName())


def starts(events):
    return sorted(event.vobject_instance.vevent.dtstart.value.isoformat() for event in events)


told["events"] = starts(calendar.events())
told["search"] = starts(calendar.date_search(start, end, expand=False))
told["expanded"] = starts(calendar.date_search(start, end, expand=True))
told["open"] = starts(calendar.date_search(start, None, expand=False))
events = calendar.events()
told["by uid"] = str(calendar.event_by_uid(events[0].vobject_instance.vevent.uid.value).url) == str(events[0].url)
told["multiget"] = starts(calendar.calendar_multiget([event.url for event in events]))
told["free-busy"] = [
    [period[0].isoformat(), period[1].isoformat()]
    for line in calendar.freebusy_request(start, end).vobject_instance.vfreebusy.contents.get("freebusy", [])
    for period in line.value
]

objects = calendar.objects(load_objects=False)
told["objects"] = len(list(objects))


def refused(work):
    try:
        work()
        return "done"
    except error.AuthorizationError:
        return "forbidden"
    except error.DAVError as failure:
        return type(failure).__name__


EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//test//EN
BEGIN:VEVENT
UID:mine@example.com
DTSTAMP:20260101T000000Z
DTSTART:20270101T100000Z
DTEND:20270101T110000Z
SUMMARY:Mine
END:VEVENT
END:VCALENDAR
"""
told["put"] = refused(lambda: calendar.save_event(EVENT))
told["delete"] = refused(lambda: events[0].delete())
told["make"] = refused(lambda: client.principal().make_calendar(name="other"))
told["after"] = starts(calendar.events())

# What changed is told to whoever waits on the other end of the pipe.
print(json.dumps(told), flush=True)
for _ in sys.stdin:
    objects.sync()
    print(json.dumps(sorted(str(each.url.path).rsplit("/", 1)[1] for each in objects)), flush=True)
