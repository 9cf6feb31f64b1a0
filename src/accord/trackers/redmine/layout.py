"""Which fields of a Redmine play which part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accord.errors import ConfigurationInvalid
from accord.trackers.redmine.names import CustomField, nearest
from accord.trackers.redmine.settings import RedmineSettings

# What every issue has besides an item's own fields, by the name under `fields.` and as Redmine takes it.
CORE: Mapping[str, str] = {
    "project": "project_id",
    "category": "category_id",
    "version": "fixed_version_id",
    "start_date": "start_date",
    "estimated_hours": "estimated_hours",
    "done_ratio": "done_ratio",
    "private": "is_private",
}
UNREAD_KINDS = frozenset({"attachment"})


@dataclass(frozen=True)
class Layout:
    """`free` are the custom fields that an item holds under `fields`, by name."""

    free: Mapping[str, CustomField]
    marker: CustomField | None
    labels: CustomField | None

    @classmethod
    def of(cls, fields: Mapping[int, CustomField], settings: RedmineSettings) -> Layout:
        """Raises ConfigurationInvalid where a field that the settings name is not there or does not fit."""
        marker = _named(fields, settings.marker_field, "marker_field")
        labels = _named(fields, settings.labels_field, "labels_field")
        if marker and (marker.kind != "string" or marker.multiple or not marker.is_filter):
            raise _unfit("marker_field", marker, "a custom field of the format Text that is used as a filter")
        if labels and not labels.multiple:
            raise _unfit("labels_field", labels, "a list that allows multiple values")
        apart = {field.id for field in (marker, labels) if field}
        free = {
            f"{field.name} (custom)" if field.name in CORE else field.name: field
            for field in fields.values()
            if field.id not in apart and field.kind not in UNREAD_KINDS
        }
        return cls(dict(sorted(free.items())), marker, labels)


def _named(fields: Mapping[int, CustomField], name: str | None, setting: str) -> CustomField | None:
    if name is None:
        return None
    found = next((field for field in fields.values() if field.name == name), None)
    if found is None:
        raise ConfigurationInvalid(
            f"Issues have no custom field {name!r}, or the account does not see it.",
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
        remedy=f"It has to be {wanted} (Administration, Custom fields).",
    )
