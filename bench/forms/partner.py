TYPES = {"Defect": "bug", "Story": "task", "Request": "request"}
STATUSES = {"New": "open", "Triage": "open", "Doing": "in progress", "Waiting": "waiting", "Done": "closed"}
RESOLUTIONS = {"Fixed": "done", "Won't fix": "rejected", "Duplicate": "duplicate"}
PRIORITIES = {"P1": "high", "P2": "normal", "P3": "low"}
SEVERITIES = {"S1": "critical", "S2": "major", "S3": "minor"}
LABELS = {"bug": "defect"}
TEAMS = {"Payments": "Team Blue", "Storage": "Team Red"}


def theirs(pairs, value, default=None):
    """What we send for a value of ours: the first of their values that is paired with it."""
    if not value:
        return None
    for name in pairs:
        if pairs[name].casefold() == value.casefold():
            return name
    return default or value


def ours(pairs, value, held, default=None):
    """What a value of theirs is here. Where ours says the same to them already, it stays as it is."""
    if not value:
        return None
    made = lookup(pairs, value, default or value)
    return held if held and made and held.casefold() == made.casefold() else made


def is_internal(label):
    return label.startswith("internal-")


def outgoing(item, replica):
    replica.type = theirs(TYPES, item.type, "Story")
    replica.summary = item.summary
    if replica.summary and replica.summary.startswith("["):
        key, closed, rest = replica.summary[1:].partition("] ")
        if closed and " " not in key:
            replica.summary = rest
    replica.description = item.description
    replica.status = theirs(STATUSES, item.status, "New")
    replica.resolution = theirs(RESOLUTIONS, item.resolution, "Fixed")
    replica.priority = theirs(PRIORITIES, item.priority, "P3")
    replica.assignee = item.assignee
    replica.due = item.due
    labels = [label for label in item.labels if not is_internal(label)]
    replica.labels = [theirs(LABELS, label) for label in labels]
    replica.custom["severity"] = theirs(SEVERITIES, item.fields.get("severity"))
    replica.custom["points"] = item.fields.get("points")


def incoming(replica, item, context):
    item.type = ours(TYPES, replica.type, item.type, "task")
    if replica.summary:
        item.summary = f"[{replica.key}] {replica.summary}"
    item.description = replica.description
    item.status = ours(STATUSES, replica.status, item.status, "open")
    item.resolution = ours(RESOLUTIONS, replica.resolution, item.resolution, "done")
    item.priority = ours(PRIORITIES, replica.priority, item.priority, "low")
    if replica.assignee:
        item.assignee = context.person(replica.assignee) or context.person("triage")
    else:
        item.assignee = None
    item.due = replica.due
    kept = [label for label in item.labels if is_internal(label)]
    shared = [lookup(LABELS, label, label) for label in replica.labels or [] if not is_internal(label)]
    item.labels = [*kept, *shared]
    item.fields["severity"] = ours(SEVERITIES, replica.custom.get("severity"), item.fields.get("severity"))
    points = replica.custom.get("points")
    item.fields["points"] = float(points) if points is not None else None
    item.fields["partner key"] = replica.key
    item.fields["partner link"] = replica.url
    item.fields["team"] = lookup(TEAMS, replica.custom.get("component"), "Service Desk")
