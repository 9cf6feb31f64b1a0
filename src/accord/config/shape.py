"""What may stand in `accord.toml`, apart from what each tracker kind asks for itself."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from accord.model import Policy
from accord.model.paths import SCALARS
from accord.ports import GuardSettings, Settings
from accord.rules import Condition, MappingTable, PeopleTable, ReplicaPath

MOST_POLICIES = 100
Seconds = Annotated[float, Field(gt=0)]
NAMING = "a name has up to 64 letters, digits, '-', '_' and '.', and starts with a letter or digit"
Share = Annotated[float, Field(gt=0, le=1)]


class Table(BaseModel):
    """A table of the file: nothing but what it knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def is_name(name: str) -> bool:
    """Whether a node, tracker or connection may be called so."""
    return re.fullmatch(r"\w[\w.-]{0,63}", name) is not None


def _name(name: str) -> str:
    if is_name(name):
        return name
    raise ValueError(NAMING)


def _listen(address: str) -> str:
    host, colon, port = address.rpartition(":")
    if host and colon and port.isdecimal() and int(port) < 2**16:
        return address
    raise ValueError('an address to listen on is "host:port", such as "127.0.0.1:7401"')


def _url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError('an address is written like "https://accord.example.com"')
    if parts.username or parts.password:
        raise ValueError("an address that peers are told must not hold a user or password")
    return url.rstrip("/")


Name = Annotated[str, AfterValidator(_name)]


class NodeConfig(Table):
    """`[node]`. Times are in seconds. `data` and other paths are relative to the file's folder. `job_pace`: how many
    items a second a job in the background looks at. `keep_syncs`: of so many syncs of each connection the inputs of
    rules are kept, for `accord rules replay`; 0 keeps none."""

    name: Name
    data: Path = Path(".accord")
    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:7401"
    url: Annotated[str, AfterValidator(_url)] = ""
    database: SecretStr | None = None
    poll_seconds: Seconds = 10.0
    workers: int = Field(default=8, ge=1, le=256)
    acknowledgment_timeout: Seconds = 60.0
    deletion_grace: float = Field(default=3.0, ge=0)
    retry_first: Seconds = 1.0
    retry_most: Seconds = 300.0
    hop_limit: int = Field(default=16, ge=2)
    retention_days: float = Field(default=90.0, gt=0)
    keep_syncs: int = Field(default=200, ge=0)
    job_pace: float = Field(default=5.0, gt=0, le=1000)

    @field_validator("database")
    @classmethod
    def _is_supported(cls, database: SecretStr | None) -> SecretStr | None:
        url = database.get_secret_value() if database else "sqlite:"
        if re.match(r"(sqlite|postgresql)(\+\w+)?:", url):
            return database
        raise ValueError('a database is "postgresql://host/name"; leave it out for SQLite in the data folder')

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        host = self.listen.rpartition(":")[0]
        if not self.url and host in ("0.0.0.0", "[::]"):
            raise ValueError(f"url is needed: peers can't reach this node at {host}")
        if self.retry_most < self.retry_first:
            raise ValueError("retry_most is less than retry_first")
        return self.model_copy(update={"url": self.url or f"http://{self.listen}"})

    def settings(self) -> Settings:
        """As the steps take it."""
        names = ("acknowledgment_timeout", "deletion_grace", "retry_first", "retry_most", "hop_limit", "keep_syncs")
        return Settings(**{name: getattr(self, name) for name in names})


class ApiConfig(Table):
    """`[api]`. Without it there is none. `plain_http`: it may listen where others than this machine reach it, without
    TLS; `behind_proxy`: a proxy on this machine tells from where requests come."""

    listen: Annotated[str, AfterValidator(_listen)]
    plain_http: bool = False
    behind_proxy: bool = False

    @model_validator(mode="after")
    def _is_kept_in(self) -> Self:
        if not self.plain_http and not _is_this_machine(self.listen.rpartition(":")[0].strip("[]")):
            raise ValueError(
                "tokens would travel in the clear: listen on 127.0.0.1 behind a proxy that speaks TLS, or, within a "
                "closed network, set plain_http = true"
            )
        return self


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class GuardConfig(Table):
    """`[connections.<name>.guard]`: see `ports.GuardSettings`."""

    min_items: int = Field(default=GuardSettings.min_items, ge=0)
    share_ended: Share = GuardSettings.share_ended
    share_overwritten: Share = GuardSettings.share_overwritten
    min_overwritten: int = Field(default=GuardSettings.min_overwritten, ge=0)
    window_minutes: float = Field(default=GuardSettings.window_minutes, gt=0)
    writes_per_twin: int = Field(default=GuardSettings.writes_per_twin, ge=1)

    def settings(self) -> GuardSettings:
        """As the queue takes it."""
        return GuardSettings(**self.model_dump())


def _decided_path(path: str) -> str:
    """`labels` are all labels. Comments and files have no policy: there the side that wrote them wins."""
    if path in (*SCALARS, "labels") or re.fullmatch(r"(fields|custom)\..+", path):
        return path
    raise ValueError(f"'{path}' is no field that is sent: use status, labels, fields.<name>, custom.<name> ...")


FieldPolicies = dict[Annotated[str, AfterValidator(_decided_path)], Policy]


class ConnectionTable(Table):
    """`[connections.<name>]`. `trusted` runs the script in this process, with all that this process may do.

    `pair_by` and `unsync_when`: see `rules.Afterwards`. `policy` and `policies` (by path of the replica) are terms of
    the agreement: they are what the side that invites says in its file when it does.
    """

    tracker: str
    trigger: str | None = Field(default=None, min_length=1)
    policy: Policy = Policy.LATEST
    policies: FieldPolicies = Field(default_factory=dict, max_length=MOST_POLICIES)
    script: Path | None = None
    trusted: bool = False
    accept_connect: bool = False
    tell_who: bool = False
    pair_by: ReplicaPath | None = None
    unsync_when: Condition | None = None
    guard: GuardConfig = GuardConfig()
    people: PeopleTable = PeopleTable()
    map: MappingTable = MappingTable()

    @model_validator(mode="after")
    def _trusts_something(self) -> Self:
        if self.trusted and self.script is None:
            raise ValueError("trusted is about a script, and there is none")
        return self
