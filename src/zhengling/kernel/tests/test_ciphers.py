"""Known answers of the algorithms, then what sealing promises: bound to its place, rotated, found again."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3, Hash
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel import ciphers

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
COLUMN = "people_person.id_number"


def test_sm3_of_abc():
    digest = Hash(SM3())
    digest.update(b"abc")
    assert digest.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_sm4_of_its_standard_example():
    worker = Cipher(algorithms.SM4(KEY), modes.ECB()).encryptor()  # noqa: S305 - one bare block
    assert (worker.update(KEY) + worker.finalize()).hex() == "681edf34d206965e86b3e94f536e4246"


def test_sm4_gcm_of_rfc_8998():
    text = bytes.fromhex("".join(2 * pair * 4 for pair in ("aa", "bb", "cc", "dd", "ee", "ff", "ee", "aa")))
    nonce = bytes.fromhex("00001234567800000000abcd")
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = ciphers.encrypt(KEY, nonce, text, associated)
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert ciphers.decrypt(KEY, nonce, sealed, associated) == text


def test_hmac_sm3_by_its_definition():
    def sm3(data):
        digest = Hash(SM3())
        digest.update(data)
        return digest.finalize()

    block = KEY.ljust(64, b"\0")
    inner = sm3(bytes(byte ^ 0x36 for byte in block) + b"message")
    assert ciphers.hmac_sm3(KEY, b"message") == sm3(bytes(byte ^ 0x5C for byte in block) + inner)


@given(st.text(max_size=60))
def test_what_is_sealed_opens_again(text):
    assert ciphers.unseal(ciphers.seal(text, column=COLUMN, row=7), column=COLUMN, row=7) == text


def test_the_same_value_twice_looks_different():
    first, second = (ciphers.seal("13812345678", column=COLUMN, row=7) for _ in range(2))
    assert first != second


def test_a_sealed_text_opens_only_in_its_place():
    sealed = ciphers.seal("431102196001010013", column=COLUMN, row=7)
    for column, row in [(COLUMN, 8), ("people_person.phone", 7)]:
        with pytest.raises(ciphers.CannotOpenError) as caught:
            ciphers.unseal(sealed, column=column, row=row)
        assert "431102196001010013" not in str(caught.value)


@pytest.mark.parametrize(
    "broken", ["sm4:local", "sm4:gone:AAAA", "aes:{key}:AAAA", "sm4:{key}:AAAA", "sm4:{key}:é!"]
)
def test_what_is_no_sealed_text_is_refused(broken):
    with pytest.raises(ciphers.CannotOpenError):
        ciphers.unseal(broken.format(key=ciphers.current_key_id()), column=COLUMN, row=7)


def test_a_changed_sealed_text_is_refused():
    sealed = ciphers.seal("13812345678", column=COLUMN, row=7)
    other = sealed[:-6] + ("B" if sealed[-6] == "A" else "A") + sealed[-5:]
    with pytest.raises(ciphers.CannotOpenError):
        ciphers.unseal(other, column=COLUMN, row=7)


def test_rotation_opens_the_old_and_seals_with_the_new(settings):
    settings.FIELD_KEYS = {"2021": "11" * 32}
    old = ciphers.seal("13812345678", column=COLUMN, row=7)
    old_index = ciphers.blind_index("13812345678", column=COLUMN)
    settings.FIELD_KEYS = {"2022": "22" * 32, "2021": "11" * 32}
    assert ciphers.unseal(old, column=COLUMN, row=7) == "13812345678"
    assert ciphers.sealed_with(ciphers.seal("x", column=COLUMN, row=7)) == "2022"
    assert old_index in ciphers.blind_indexes("13812345678", column=COLUMN)
    assert ciphers.blind_index("13812345678", column=COLUMN) != old_index
    settings.FIELD_KEYS = {"2022": "22" * 32}
    with pytest.raises(ciphers.CannotOpenError):
        ciphers.unseal(old, column=COLUMN, row=7)


def test_an_index_belongs_to_its_column():
    assert ciphers.blind_index("1", column="a.b") != ciphers.blind_index("1", column="a.c")
    assert ciphers.blind_index("", column="a.b") == ""
