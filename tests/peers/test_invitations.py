"""Blue invites, Red accepts, both pin each other's key."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from accord.errors import ConfigurationInvalid, PeerRefused, Unreachable
from accord.model import ConnectionState, Policy, Side
from accord.peers import accept_invitation, make_invitation
from accord.peers.codes import Invitation, read_code
from accord.peers.invitations import Acceptance, Welcome, facts_of

from .conftest import Node, Raw, a_message, a_node


async def invite(node: Node, **changes) -> Invitation:
    options = {"name": "to-red", "tracker": "files", "connection_id": "c1", "policy": Policy.MERGE} | changes
    return await make_invitation(node.store, node.clock, node.me, **options)


async def accept(node: Node, code: str, *, peers=None, name: str = "to-blue"):
    return await accept_invitation(
        node.store, node.clock, node.me, peers or node.client, code, name=name, tracker="roundup"
    )


async def connection_of(node: Node, connection_id: str = "c1"):
    return await node.store.read(lambda tx: tx.connection(connection_id))


class AnswerLost:
    """The inviter agrees, but its answer never arrives."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def accept(self, invitation: Invitation, acceptance: Acceptance) -> Welcome:
        await self._node.client.accept(invitation, acceptance)
        raise Unreachable("The line went dead.")


async def test_both_sides_hold_the_same_agreement(blue, red):
    code = (await invite(blue)).code()
    reds = await accept(red, code)
    blues = await connection_of(blue)
    assert (blues.state, reds.state) == (ConnectionState.ACTIVE, ConnectionState.ACTIVE)
    assert (blues.side, reds.side) == (Side.INITIATOR, Side.ACCEPTOR)
    assert blues.policy == reds.policy == Policy.MERGE
    assert (blues.peer_node, blues.peer_url, blues.peer_key) == ("red", red.me.url, red.key.public)
    assert (reds.peer_node, reds.peer_url, reds.peer_key) == ("blue", blue.me.url, blue.key.public)
    assert (blues.name, blues.tracker, reds.name, reds.tracker) == ("to-red", "files", "to-blue", "roundup")
    assert await connection_of(red) == reds
    assert blue.engine.agreed == [blues]


async def test_policies_of_fields_are_pinned_on_both_sides(blue, red):
    policies = {"status": Policy.INITIATOR, "custom.urgency": Policy.ASK}
    reds = await accept(red, (await invite(blue, policies=policies)).code())
    assert (await connection_of(blue)).policies == reds.policies == policies


async def test_a_node_that_does_not_know_policies_of_fields_is_told_to_come_up_to_date(blue, red):
    class Older:
        async def accept(self, invitation: Invitation, acceptance: Acceptance) -> Welcome:
            return await red.client.accept(invitation, acceptance.model_copy(update={"policies": {}}))

    code = (await invite(blue, policies={"status": Policy.ASK})).code()
    with pytest.raises(PeerRefused, match="does not say them back"):
        await accept(red, code, peers=Older())
    assert (await connection_of(blue)).state is ConnectionState.PENDING
    assert (await accept(red, code)).state is ConnectionState.ACTIVE


async def test_messages_go_both_ways_afterwards(blue, red):
    reds = await accept(red, (await invite(blue)).code())
    assert (await red.client.send(reds, a_message())).status == "registered"
    assert (await blue.client.send(await connection_of(blue), a_message())).status == "registered"


async def test_before_it_is_accepted_nobody_gets_in(blue, red):
    await invite(blue)
    raw = Raw(red, blue)
    assert (await raw.sign().send())[0] == 401


async def test_the_secret_is_not_stored_and_not_shown(blue, red):
    invitation = await invite(blue)
    await accept(red, invitation.code())
    assert invitation.secret not in "".join(blue.everything() + red.everything())


async def test_a_code_works_once(blue, red):
    code = (await invite(blue)).code()
    await accept(red, code)
    async with a_node("grey", blue.clock) as grey:
        with pytest.raises(PeerRefused, match="used before"):
            await accept(grey, code)
        assert (await connection_of(grey)).state is ConnectionState.REMOVED
    assert (await connection_of(blue)).peer_key == red.key.public
    assert (await blue.counters())["peer.refused.invitation_used"] == 1


async def test_an_expired_code(blue, red):
    code = (await invite(blue, valid_for=timedelta(hours=1))).code()
    blue.clock.pass_by(3601)
    with pytest.raises(PeerRefused, match="expired") as caught:
        await accept(red, code)
    assert "new one" in caught.value.remedy
    assert (await connection_of(blue)).state is ConnectionState.PENDING


@pytest.mark.parametrize("change", [{"secret": "x" * 24}, {"connection": "c2"}])
async def test_a_wrong_secret_and_an_unknown_connection_look_alike(blue, red, change):
    forged = (await invite(blue)).model_copy(update=change)
    with pytest.raises(PeerRefused, match="There is no such invitation") as caught:
        await accept(red, forged.code())
    assert caught.value.status == 401
    assert (await connection_of(blue)).state is ConnectionState.PENDING
    assert await blue.counters() == {"peer.refused.invitation_unknown": 1}


async def test_a_renewed_invitation_ends_the_old_one(blue, red):
    old, new = await invite(blue), await invite(blue)
    with pytest.raises(PeerRefused):
        await accept(red, old.code())
    assert (await accept(red, new.code())).state is ConnectionState.ACTIVE


async def test_a_lost_answer_is_made_good_by_accepting_again(blue, red):
    code = (await invite(blue, valid_for=timedelta(hours=1))).code()
    with pytest.raises(Unreachable):
        await accept(red, code, peers=AnswerLost(red))
    assert (await connection_of(red)).state is ConnectionState.PENDING
    assert (await connection_of(blue)).state is ConnectionState.ACTIVE
    blue.clock.pass_by(7200)
    assert (await accept(red, code)).state is ConnectionState.ACTIVE
    assert (await connection_of(blue)).peer_key == red.key.public


async def test_what_the_inviter_sends_too_early_is_taken_later(blue, red):
    code = (await invite(blue)).code()
    with pytest.raises(Unreachable):
        await accept(red, code, peers=AnswerLost(red))
    status, body = await Raw(blue, red).sign().send()
    assert (status, body["error"]) == (503, "pending")
    await accept(red, code)
    assert (await Raw(blue, red).sign().send())[0] == 202


async def test_accepting_twice_is_as_good_as_once(blue, red):
    code = (await invite(blue)).code()
    assert await accept(red, code) == await accept(red, code)


async def test_the_inviter_is_away(blue, red):
    invitation = await invite(blue)
    with pytest.raises(Unreachable):
        await accept(red, invitation.model_copy(update={"url": "http://127.0.0.1:1"}).code())
    assert (await accept(red, invitation.code())).peer_url == blue.me.url


async def test_another_node_answers_at_the_inviters_address(blue, red):
    invitation = await invite(blue)
    async with a_node("grey", blue.clock) as grey:
        with pytest.raises(Unreachable, match="other than the agreed node"):
            await accept(red, invitation.model_copy(update={"url": grey.me.url}).code())
    assert (await connection_of(red)).state is ConnectionState.PENDING


async def test_ones_own_invitation(blue):
    with pytest.raises(ConfigurationInvalid, match="own invitation"):
        await accept(blue, (await invite(blue)).code())
    assert (await connection_of(blue)).side is Side.INITIATOR


async def test_an_address_that_peers_can_not_use_is_told_before_inviting(blue):
    blue.me = replace(blue.me, url="http://blue.example.org")
    with pytest.raises(ConfigurationInvalid, match="not https"):
        await invite(blue)
    assert await connection_of(blue) is None


async def test_an_acceptor_with_a_bad_address_is_refused(blue, red):
    invitation = await invite(blue)
    node = facts_of(red.me).model_copy(update={"url": "http://169.254.169.254/latest"})
    with pytest.raises(PeerRefused, match="not https"):
        await red.client.accept(invitation, Acceptance(connection="c1", secret=invitation.secret, node=node))
    assert (await connection_of(blue)).state is ConnectionState.PENDING


async def test_an_acceptor_must_sign_with_the_key_that_it_names(blue, red):
    invitation = await invite(blue)
    node = facts_of(red.me).model_copy(update={"key": blue.key.public})
    with pytest.raises(PeerRefused, match="key that it names"):
        await red.client.accept(invitation, Acceptance(connection="c1", secret=invitation.secret, node=node))
    assert (await connection_of(blue)).state is ConnectionState.PENDING


async def test_a_connection_in_use_is_not_invited_to_again(blue, red):
    await accept(red, (await invite(blue)).code())
    with pytest.raises(ConfigurationInvalid, match="already a connection"):
        await invite(blue)


async def test_a_removed_connection_is_not_revived_by_its_old_code(blue, red):
    code = (await invite(blue)).code()
    reds = await accept(red, code)
    await red.store.run(lambda tx: tx.put_connection(reds.model_copy(update={"state": ConnectionState.REMOVED})))
    with pytest.raises(ConfigurationInvalid, match="removed"):
        await accept(red, code)


async def test_a_connection_gets_an_id_where_none_is_given(blue):
    one, two = await invite(blue, connection_id=None, name="a"), await invite(blue, connection_id=None, name="b")
    assert one.connection != two.connection
    assert read_code(one.code()).connection == one.connection
