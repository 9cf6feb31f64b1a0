"""Secrets and paths in tables: secrets come from the environment or a file, never from the configuration itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from accord.config.document import Key
from accord.config.problems import Problems, is_secret, table_in

HOW = '{{ env = "{name}" }} or {{ file = "path" }}'


def settled(
    model: type[BaseModel],
    table: Mapping[str, Any],
    key: Key,
    base: Path,
    environ: Mapping[str, str],
    problems: Problems,
) -> dict[str, Any] | None:
    """The table with its secrets fetched and its paths made absolute against `base`.

    None if a secret could not be fetched; what is wrong is noted, without the secret.
    """
    values, complete = dict(table), True
    spellings = ((one, field) for name, field in model.model_fields.items() for one in {name, field.alias or name})
    for spelled, field in spellings:
        if spelled not in values:
            continue
        if is_secret(field.annotation):
            values[spelled] = _secret(values[spelled], (*key, spelled), base, environ, problems)
            complete = complete and values[spelled] is not None
        elif _is_path(field.annotation) and isinstance(values[spelled], str):
            values[spelled] = base / Path(values[spelled]).expanduser()
        elif isinstance(inner := table_in(field.annotation), type) and isinstance(values[spelled], dict):
            values[spelled] = settled(inner, values[spelled], (*key, spelled), base, environ, problems)
            complete = complete and values[spelled] is not None
    return values if complete else None


def _secret(source: Any, key: Key, base: Path, environ: Mapping[str, str], problems: Problems) -> str | None:
    name = str(key[-1])
    how = HOW.format(name=f"ACCORD_{key[-2]}_{name}".upper().replace("-", "_").replace(".", "_"))
    if not isinstance(source, dict) or set(source) not in ({"env"}, {"file"}):
        problems.add(key, f"{name} is a secret and must not stand in the file.", f"Write {name} = {how}.")
        return None
    where = source.get("env", source.get("file"))
    if not isinstance(where, str) or not where:
        problems.add(key, f"{name} does not say where the secret is.", f"Write {name} = {how}.")
        return None
    return (
        _from_environment(where, key, environ, problems) if "env" in source else _from_file(base / where, key, problems)
    )


def _from_environment(variable: str, key: Key, environ: Mapping[str, str], problems: Problems) -> str | None:
    secret = environ.get(variable)
    if not secret:
        state = "is empty" if secret == "" else "is not set"
        problems.add(
            (*key, "env"), f"The environment variable {variable} {state}.", "Set it and start again.", variable
        )
        return None
    return secret


def _from_file(path: Path, key: Key, problems: Problems) -> str | None:
    try:
        secret = path.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        reason = getattr(unreadable, "strerror", None) or "it is not UTF-8 text"
        problems.add((*key, "file"), f"The secret can't be read from {path}: {reason}.", None, str(path))
        return None
    if not secret:
        problems.add((*key, "file"), f"There is no secret in {path}: it is empty.", None, str(path))
    return secret or None


def _is_path(annotation: Any) -> bool:
    return annotation is Path or Path in get_args(annotation)
