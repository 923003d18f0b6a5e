"""Two independent readings of each case: recurring_ical_events, and dateutil's rules with the system's zones.

Cases come as JSON on standard input, answers go to standard output. Events that take no time are left out.
"""
import json
import sys
import warnings
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from dateutil.rrule import rrulestr

warnings.filterwarnings("ignore")
UTC = timezone.utc
MARGIN = timedelta(days=3)


def instant(value, zone):
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    return datetime.combine(value, time(), zone).astimezone(UTC)


def takes_time(event):
    return event.get("STATUS", "") != "CANCELLED" and event.get("TRANSP", "") != "TRANSPARENT"


def written(spans, start, stop):
    inside = {(a, b) for a, b in spans if a < stop and (b > start or (a == b and a >= start))}
    return [f"{a:%Y%m%dT%H%M%SZ}/{b:%Y%m%dT%H%M%SZ}" for a, b in sorted(inside)]


def by_events(calendar, zone, start, stop):
    found = recurring_ical_events.of(calendar).between(start - MARGIN, stop + MARGIN)
    return [(instant(e["DTSTART"].dt, zone), instant(e["DTEND"].dt, zone)) for e in found if takes_time(e)]


def wall_and_zone(prop, zone):
    """PEP 495 reads a skipped time by the offset before it, and a doubled one as the first: so does the RFC."""
    value = prop.dt if hasattr(prop, "dt") else prop
    if not isinstance(value, datetime):
        return datetime.combine(value, time()), zone
    name = getattr(prop, "params", {}).get("TZID")
    if name:
        return value.replace(tzinfo=None), ZoneInfo(name)
    return value.replace(tzinfo=None), UTC if value.tzinfo else zone


def listed(event, name):
    found = event.get(name, [])
    for group in found if isinstance(found, list) else [found]:
        tzid = group.params.get("TZID")
        for value in group.dts:
            value.params = {"TZID": tzid} if tzid else {}
            yield value


def by_dateutil(calendar, zone, start, stop):
    spans = []
    for event in calendar.walk("VEVENT"):
        if not takes_time(event):
            continue
        wall, own = wall_and_zone(event["DTSTART"], zone)
        walls = {wall: own}
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            parts = [p for p in rule.to_ical().decode().split(";") if not p.startswith("UNTIL=")]
            until = rule.get("UNTIL", [None])[0]
            if until is not None:
                if isinstance(until, datetime) and until.tzinfo:
                    until = until.astimezone(own).replace(tzinfo=None)
                elif not isinstance(until, datetime):
                    until = datetime.combine(until, time())
                parts.append(f"UNTIL={until:%Y%m%dT%H%M%S}")
            last = stop.replace(tzinfo=None) + MARGIN
            for found in rrulestr(";".join(parts), dtstart=wall):
                if found > last:
                    break
                walls[found] = own
        excluded = {w.replace(tzinfo=z).astimezone(UTC) for w, z in (wall_and_zone(p, zone) for p in listed(event, "EXDATE"))}
        for prop in listed(event, "RDATE"):
            added, its = wall_and_zone(prop, zone)
            walls[added] = its
        duration = event["DURATION"].dt if "DURATION" in event else None
        if duration is None:
            end, its = wall_and_zone(event["DTEND"], zone)
            exact = end.replace(tzinfo=its).astimezone(UTC) - wall.replace(tzinfo=own).astimezone(UTC)
        for each, its in walls.items():
            begin = each.replace(tzinfo=its).astimezone(UTC)
            if begin in excluded:
                continue
            if duration is not None:
                nominal = each + timedelta(days=duration.days)
                spans.append((begin, nominal.replace(tzinfo=its).astimezone(UTC) + timedelta(seconds=duration.seconds)))
            elif not isinstance(event["DTSTART"].dt, datetime):
                spans.append((begin, (each + (end - wall)).replace(tzinfo=its).astimezone(UTC)))
            else:
                spans.append((begin, begin + exact))
    return spans


def answer(engine, case):
    zone = ZoneInfo(case["zone"])
    start, stop = (datetime.fromisoformat(case[name]).replace(tzinfo=UTC) for name in ("from", "to"))
    try:
        calendar = icalendar.Calendar.from_ical(case["ics"])
        return written(engine(calendar, zone, start, stop), start, stop)
    except Exception as error:
        return [f"{type(error).__name__}"]


json.dump(
    [{"events": answer(by_events, case), "dateutil": answer(by_dateutil, case)} for case in json.load(sys.stdin)],
    sys.stdout,
)
