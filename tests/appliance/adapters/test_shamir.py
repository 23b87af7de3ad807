"""Shares: SLIP-39's own test vectors' shape, and every choice of enough of them."""

from __future__ import annotations

import itertools
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.adapters import shamir
from appliance.errors import Invalid

shamir_mnemonic = pytest.importorskip("shamir_mnemonic", reason="shamir-mnemonic is not installed (extra shares)")


@settings(deadline=None, max_examples=10)
@given(st.integers(2, 4), st.integers(0, 2))
def test_every_choice_of_enough_shares_makes_the_secret_and_fewer_do_not(needed, more):
    secret = os.urandom(32)
    shares = shamir.split(secret, needed, needed + more)
    assert len({share.words for share in shares}) == needed + more
    for chosen in itertools.combinations(shares, needed):
        assert shamir.combine(list(chosen)) == secret
    with pytest.raises(Invalid):
        shamir.combine(list(shares[: needed - 1]))
    assert shamir.read(shares[0].words) == shares[0]


def test_shares_of_different_sets_do_not_belong_together():
    one, other = shamir.split(os.urandom(32), 2, 2), shamir.split(os.urandom(32), 2, 2)
    with pytest.raises(Invalid):
        shamir.combine([one[0], other[1]])
    with pytest.raises(Invalid):
        shamir.combine([one[0], one[0]])


def test_every_word_that_is_replaced_is_noticed():
    words = shamir.split(os.urandom(32), 2, 2)[0].words.split()
    assert len(words) == 33
    for at, word in enumerate(words):
        changed = [*words[:at], "academic" if word != "academic" else "acid", *words[at + 1 :]]
        with pytest.raises(Invalid):
            shamir.read(" ".join(changed))


def test_a_vector_of_the_standard_comes_out_as_it_says():
    # SLIP-0039, vector 4: two of three, 128 bits, with the passphrase TREZOR
    first = (
        "shadow pistol academic always adequate wildlife fancy gross oasis cylinder mustang wrist rescue view short "
        "owner flip making coding armed"
    )
    second = (
        "shadow pistol academic acid actress prayer class unknown daughter sweater depict flip twice unkind craft "
        "early superior advocate guest smoking"
    )
    shares = [shamir.read(first), shamir.read(second)]
    assert [(share.index, share.needed) for share in shares] == [(2, 2), (0, 2)]
    assert len({share.split for share in shares}) == 1
    secret = shamir_mnemonic.combine_mnemonics([share.words for share in shares], b"TREZOR")
    assert secret.hex() == "b43ceb7e57a0ea8766221624d01b0864"


@pytest.mark.parametrize(("needed", "of"), [(1, 1), (1, 3), (0, 2), (3, 2), (2, 17)])
def test_how_many_can_be_needed(needed, of):
    with pytest.raises(Invalid):
        shamir.split(os.urandom(32), needed, of)
