"""Invitation codes and node addresses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.errors import AccordError, ConfigurationInvalid
from accord.model import Policy
from accord.peers.codes import PREFIX, Invitation, check_url, read_code

from .conftest import NOW

INVITATION = Invitation(
    url="https://accord.example.org/team",
    connection="c0ffee",
    key="A" * 43 + "=",
    node="Größe & Söhne",
    policy=Policy.MERGE,
    secret="s" * 24,
    expires=NOW + timedelta(days=7),
)


def test_a_code_carries_the_invitation():
    assert read_code(INVITATION.code()) == INVITATION


def test_a_code_carries_policies_of_fields():
    policies = {f"fields.field-{number}": Policy.ASK for number in range(100)}
    invitation = INVITATION.model_copy(update={"policies": policies})
    assert read_code(invitation.code()) == invitation


def test_a_code_is_one_line_that_needs_no_escaping():
    code = INVITATION.code()
    assert all(letter.isalnum() or letter in "-_." for letter in code)
    assert len(code) < 400


def test_a_code_survives_mail():
    code = INVITATION.code()
    assert read_code(f' "{code[:76]}\n{code[76:152]}\r\n  {code[152:]}"\n') == INVITATION


@settings(deadline=None)
@given(st.data())
def test_any_one_wrong_letter_is_told(data):
    code = INVITATION.code()
    place = data.draw(st.integers(len(PREFIX), len(code) - 1))
    letter = data.draw(st.sampled_from("abcXYZ019-_"))
    wrong = code[:place] + letter + code[place + 1 :]
    # The last letter may hold bits that carry nothing.
    if wrong == code or place == len(code) - 1:
        return
    with pytest.raises(ConfigurationInvalid, match="typing error"):
        read_code(wrong)


@pytest.mark.parametrize("length", [8, 20, 100, -1])
def test_a_code_cut_short_is_told(length):
    with pytest.raises(ConfigurationInvalid) as caught:
        read_code(INVITATION.code()[:length])
    assert "whole line" in caught.value.remedy


def test_a_newer_version_is_told():
    with pytest.raises(ConfigurationInvalid, match="version"):
        read_code("accord2." + INVITATION.code().removeprefix(PREFIX))


def test_errors_never_show_the_code():
    with pytest.raises(ConfigurationInvalid) as caught:
        read_code(INVITATION.code() + "x")
    assert INVITATION.secret not in repr(INVITATION)
    assert "eyJ" not in str(caught.value.to_json())
    assert INVITATION.code()[20:60] not in str(caught.value.to_json())


@given(st.text(max_size=300) | st.text("abcXYZ019-_", max_size=300).map(lambda tail: PREFIX + tail))
def test_whatever_is_typed_gives_an_answer_for_people(text):
    with pytest.raises(AccordError):
        read_code(text)


@pytest.mark.parametrize(
    "url",
    ["https://a.example", "https://a.example:8443/x/y", "http://127.0.0.1:1", "http://localhost", "http://[::1]:5"],
)
def test_addresses_that_can_be_used(url):
    assert check_url(url + "/") == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "accord.example.org",
        "http://accord.example.org",
        "ftp://accord.example.org",
        "https://",
        "https://user:word@a.example",
        "https://a.example?x=1",
        "https://a.example#x",
        "https://a.example:99999",
        "https://a example",
        "https://a.example/\r\nX: y",
        "https://[::1",
        "https://ä.example",
        "https://" + "a" * 3000,
        "file:///etc/passwd",
    ],
)
def test_addresses_that_can_not(url):
    with pytest.raises(ConfigurationInvalid) as caught:
        check_url(url)
    assert caught.value.field == "url"


def test_a_closed_network_may_go_without_tls():
    assert check_url("http://node-b:8080", plain_http=True) == "http://node-b:8080"
