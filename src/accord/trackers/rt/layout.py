"""Which fields of an RT play which part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accord.errors import ConfigurationInvalid
from accord.trackers.rt.names import CustomField, nearest
from accord.trackers.rt.settings import RTSettings

# What every ticket has besides an item's own fields, by the name under `fields.` and as RT takes it.
CORE: Mapping[str, str] = {
    "queue": "Queue",
    "cc": "Cc",
    "admin_cc": "AdminCc",
    "starts": "Starts",
    "time_estimated": "TimeEstimated",
    "time_left": "TimeLeft",
}
WATCHERS = frozenset({"cc", "admin_cc"})
MINUTES = frozenset({"time_estimated", "time_left"})
UNREAD_KINDS = frozenset({"Image", "Binary"})
TEXT_KINDS = frozenset({"Text", "HTML", "Wikitext"})


@dataclass(frozen=True)
class Layout:
    """`free` are the custom fields that an item holds under `fields`, by name."""

    free: Mapping[str, CustomField]
    description: CustomField | None
    labels: CustomField | None

    @classmethod
    def of(cls, fields: Mapping[str, CustomField], settings: RTSettings) -> Layout:
        """Raises ConfigurationInvalid where a field that the settings name is not there or does not fit."""
        description = _named(fields, settings.description_field, "description_field")
        labels = _named(fields, settings.labels_field, "labels_field")
        if description and (description.kind not in TEXT_KINDS or description.multiple):
            raise _unfit("description_field", description, "one text area, HTML area or Wikitext area")
        if labels and (not labels.multiple or labels.kind not in {"Freeform", "Select", "Combobox", "Autocomplete"}):
            raise _unfit("labels_field", labels, "a field of several values")
        apart = {field.id for field in (description, labels) if field}
        free = {
            f"{field.name} (custom)" if field.name in CORE else field.name: field
            for field in fields.values()
            if field.id not in apart and field.kind not in UNREAD_KINDS
        }
        return cls(dict(sorted(free.items())), description, labels)


def _named(fields: Mapping[str, CustomField], name: str | None, setting: str) -> CustomField | None:
    if name is None:
        return None
    found = next((field for field in fields.values() if field.name == name), None)
    if found is None:
        raise ConfigurationInvalid(
            f"Tickets have no custom field {name!r}, or the account does not see it.",
            field=setting,
            value=name,
            remedy=nearest(name, (field.name for field in fields.values())),
        )
    return found


def _unfit(setting: str, field: CustomField, wanted: str) -> ConfigurationInvalid:
    return ConfigurationInvalid(
        f"The custom field {field.name!r} does not do as {setting}.",
        field=setting,
        value=field.name,
        remedy=f"It has to be {wanted} (Admin, Custom Fields).",
    )
