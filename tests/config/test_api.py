"""`[api]`: off unless it is there, and kept in unless one says otherwise."""

from __future__ import annotations

import pytest

from accord.errors import ConfigurationInvalid
from tests.config.conftest import GOOD, Load


def test_there_is_no_api_unless_it_is_asked_for(load_text: Load) -> None:
    assert load_text(GOOD).api is None


@pytest.mark.parametrize("listen", ["127.0.0.1:8090", "localhost:8090", "[::1]:8090"])
def test_it_listens_on_this_machine(load_text: Load, listen: str) -> None:
    api = load_text(f'{GOOD}\n[api]\nlisten = "{listen}"\n').api
    assert api is not None
    assert (api.listen, api.behind_proxy) == (listen, False)


@pytest.mark.parametrize("listen", ["0.0.0.0:8090", "192.0.2.1:8090", "accord.example.com:8090"])
def test_elsewhere_only_where_the_operator_says_so(load_text: Load, listen: str) -> None:
    table = f'{GOOD}\n[api]\nlisten = "{listen}"\n'
    with pytest.raises(ConfigurationInvalid, match="in the clear") as caught:
        load_text(table)
    assert caught.value.field is not None
    api = load_text(f"{table}plain_http = true\n").api
    assert api is not None
    assert api.listen == listen


@pytest.mark.parametrize(
    ("table", "field"),
    [("[api]\n", "api.listen"), ('[api]\nlisten = "8090"\n', "api.listen"),
     ('[api]\nlisten = "127.0.0.1:7401"\n', "api.listen"),
     ('[api]\nlisten = "0.0.0.0:7401"\nplain_http = true\n', "api.listen"),
     ('[api]\nlisten = "127.0.0.1:1"\nhttp = true\n', "api.http")],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_key(load_text: Load, table: str, field: str) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        load_text(f"{GOOD}\n{table}")
    assert caught.value.field == field
