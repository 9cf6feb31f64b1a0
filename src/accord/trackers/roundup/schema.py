"""What classes a tracker has and of what types their properties are, which only XML-RPC tells."""

from __future__ import annotations

import re
import xmlrpc.client
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from xml.parsers.expat import ExpatError

from accord.errors import AccordError, ConfigurationInvalid, Forbidden, Throttled, Unauthorized, Unreachable
from accord.trackers.http import HttpClient

KIND = re.compile(r'^<roundup\.hyperdb\.(\w+)(?: to "(\w+)")?>$')
FAULTS: dict[int, type[AccordError]] = {401: Unauthorized, 403: Forbidden, 429: Throttled}


@dataclass(frozen=True)
class Property:
    """`kind` is Roundup's word: String, Number, Link ...; `target` the class that a Link or Multilink leads to."""

    name: str
    kind: str
    target: str = ""


@dataclass(frozen=True)
class Schema:
    """Properties by name, by class."""

    classes: dict[str, dict[str, Property]]

    def properties(self, classname: str) -> dict[str, Property]:
        """Raises ConfigurationInvalid if there is no such class."""
        if classname not in self.classes:
            raise ConfigurationInvalid(
                f"The tracker has no class {classname!r}.",
                field="class",
                value=classname,
                remedy=nearest(classname, self.classes),
            )
        return self.classes[classname]

    def has_names(self, classname: str) -> bool:
        """Whether items of a class are known by a name. Issues, messages and files are known by their number."""
        return not {"messages", "content"} & self.classes.get(classname, {}).keys()


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy that names what was probably meant."""
    names = sorted(known)
    close = get_close_matches(word, names, n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(names[:30])}."


async def load_schema(http: HttpClient) -> Schema:
    """Asks the tracker. Raises Forbidden if the account may not use XML-RPC."""
    call = xmlrpc.client.dumps((), "schema")
    answer = await http.text("POST", "xmlrpc", content=call, headers={"Content-Type": "text/xml"})
    try:
        told: Any = xmlrpc.client.loads(answer)[0][0]
        return Schema({str(name): _class(properties) for name, properties in told.items()})
    except xmlrpc.client.Fault as fault:
        raise _refused(http.tracker, fault) from None
    except (ExpatError, xmlrpc.client.ResponseError, ValueError, TypeError, AttributeError):
        raise Unreachable(
            f"{http.tracker} does not tell its schema through XML-RPC.",
            remedy="Check the tracker's url, and that `[web] enable_xmlrpc` is on in its config.ini.",
        ) from None


def _refused(tracker: str, fault: xmlrpc.client.Fault) -> AccordError:
    error = FAULTS.get(fault.faultCode, Unreachable)(
        f"{tracker} refused to tell its schema: {' '.join(str(fault.faultString).split())[:200]}",
        remedy="The account needs Roundup's permissions 'Rest Access' and 'Xmlrpc Access'.",
    )
    error.scope = "tracker"
    return error


def _class(properties: Any) -> dict[str, Property]:
    found = {}
    for name, told in properties:
        match = KIND.match(str(told))
        if match:
            found[str(name)] = Property(str(name), match[1], match[2] or "")
    return found
