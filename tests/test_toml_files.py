"""TOML: what is written reads back; what cannot be read is refused with the name of the file."""

from __future__ import annotations

import math
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfc_analysis.toml_files import (
    TOML_BYTES,
    TomlError,
    format_toml,
    format_toml_value,
    parse_toml,
    read_toml,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))  # surrogates alone are no text
SCALAR = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), TEXT
)
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)


@given(st.dictionaries(TEXT, VALUE, max_size=4))
def test_what_is_written_reads_back(content):
    assert tomllib.loads(format_toml(content)) == content


@given(VALUE)
def test_value_on_one_line_reads_back(value):
    text = format_toml_value(value)
    assert "\n" not in text
    assert parse_toml(f"v = {text}", "here") == {"v": value}


def test_not_a_number_reads_back():
    assert math.isnan(parse_toml(format_toml({"v": math.nan}), "here")["v"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"[" * 100_000, "not a TOML file"),
        (b"a = " + b"{b = " * 50_000, "nested too deeply"),
        (b"a = " + b"9" * 5000, "not a TOML file"),
        (b"a = \xff", "not a TOML file .*Save it as UTF-8"),
        ("a = 1".encode("utf-16"), "not a TOML file"),
        (b"#" * (TOML_BYTES + 1), "larger than 1,000,000 bytes"),
        (b"a = 1\na = 2", "not a TOML file"),
        (b"a = 1\x00", "not a TOML file"),
    ],
    ids=["list", "table", "inline", "digits", "latin", "utf16", "large", "twice", "null"],
)
def test_what_is_no_toml_is_refused(tmp_path, content, message):
    path = tmp_path / "some.toml"
    path.write_bytes(content)
    with pytest.raises(TomlError, match=message) as caught:
        read_toml(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 400


def test_byte_order_mark_is_no_fault(tmp_path):
    path = tmp_path / "some.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1")
    assert read_toml(path) == {"a": 1}


def test_folder_is_no_file(tmp_path):
    with pytest.raises(TomlError, match="is a folder"):
        read_toml(tmp_path)


def test_a_link_to_itself_is_named(tmp_path):
    path = tmp_path / "map.toml"
    path.symlink_to(path)
    with pytest.raises(TomlError, match=r"map\.toml: cannot be read \(.*expected a TOML file"):
        read_toml(path)
