"""Debian's python3-icalendar and Python's own mail parser: what they find in a mail, as one JSON object."""
import json
import sys
from email import message_from_bytes, policy

from icalendar import Calendar

mail = message_from_bytes(sys.stdin.buffer.read(), policy=policy.default)
part = next(each for each in mail.walk() if each.get_content_type() == "text/calendar")
calendar = Calendar.from_ical(part.get_content())
(event,) = calendar.walk("VEVENT")
attendees = event.get("attendee", [])
if not isinstance(attendees, list):
    attendees = [attendees]
print(
    json.dumps(
        {
            "subject": mail["subject"],
            "to": mail["to"],
            "from": mail["from"],
            "replyTo": mail["reply-to"],
            "types": [each.get_content_type() for each in mail.walk()],
            "defects": [str(defect) for each in mail.walk() for defect in each.defects],
            "partMethod": part.get_param("method"),
            "partCharset": part.get_content_charset(),
            "method": str(calendar["method"]),
            "uid": str(event["uid"]),
            "sequence": int(event["sequence"]),
            "status": str(event["status"]),
            "start": event.decoded("dtstart").isoformat(),
            "end": event.decoded("dtend").isoformat(),
            "summary": str(event["summary"]),
            "description": str(event.get("description", "")),
            "comment": str(event.get("comment", "")),
            "organizer": [str(event["organizer"]), str(event["organizer"].params["cn"])],
            "attendees": [[str(each), str(each.params["cn"]), str(each.params["partstat"])] for each in attendees],
        }
    )
)
