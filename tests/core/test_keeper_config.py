"""A keeper's settings: what is refused, what is warned about, and that the file says it all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dao_backend.core.keeper_config import KeeperConfig, Listen, parse, text_of, warning
from dao_backend.errors import InputError

NODES = ("http://127.0.0.1:8545", "https://a.example/key", "https://b.example")
SOUND = KeeperConfig("https://keeper.example.org", NODES, agree=2)
CHANGED = KeeperConfig(
    endpoint="http://[::1]:9/keeper/1",
    rpc=NODES[:2],
    listen=Listen("::1", 0),
    dao='odd "name"\n.json',
    agree=2,
    cores=8,
    pause=0.5,
    approve_handovers=True,
    post_receipts=False,
)


def written(**changes: object) -> dict[str, Any]:
    """The content of a sound file with other values; None leaves a setting out."""
    content = {**yaml.safe_load(text_of(SOUND)), **changes}
    return {key: value for key, value in content.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"endpoint": None}, "endpoint is missing: add it"),
        ({"colour": "red"}, "colour is unknown: remove it, or use endpoint, listen, "),
        ({"endpoint": 5}, "endpoint is 5: write a text"),
        ({"endpoint": "keeper.example"}, "endpoint is 'keeper.example': write a URL like https:"),
        ({"endpoint": "ftp://a"}, "endpoint is 'ftp://a': write a URL like https:"),
        ({"endpoint": "http://a:0"}, "endpoint is 'http://a:0': write a URL like https:"),
        ({"endpoint": "http://[a"}, "endpoint is 'http://[a': write a URL like https:"),
        ({"listen": "8801"}, "listen is '8801': write HOST:PORT"),
        ({"listen": "a:b"}, "listen is 'a:b': write HOST:PORT"),
        ({"listen": "a:65536"}, "listen is 'a:65536': write HOST:PORT"),
        ({"dao": ""}, "dao is empty: name the file"),
        ({"rpc": []}, "rpc is empty: name one node"),
        ({"rpc": "http://a"}, "rpc is 'http://a': write a list"),
        ({"rpc": [5]}, "rpc is '5': write a URL"),
        ({"rpc": ["http://a", "http://a"], "agree": 1}, "rpc 'http://a' is listed twice"),
        ({"rpc": ["http://a", "HTTP://A:80/"], "agree": 1}, "rpc 'http://a:80' is listed twice"),
        ({"rpc": ["https://a/k", "https://a:443/k/"]}, "rpc 'https://a:443/k' is listed twice"),
        ({"agree": 0}, "agree is 0: choose a value from 1 to 3, the number of nodes in rpc"),
        ({"agree": 4}, "agree is 4: choose a value from 1 to 3, the number of nodes in rpc"),
        ({"agree": True}, "agree is True: write a whole number"),
        ({"cores": 0}, "cores is 0: choose a value from 1 to 256"),
        ({"pause": 0}, "pause is 0.0: choose seconds above 0, at most 3600"),
        ({"pause": float("nan")}, "pause is nan: choose seconds above 0, at most 3600"),
        ({"pause": "soon"}, "pause is 'soon': write a number of seconds"),
        ({"approve_handovers": 1}, "approve_handovers is 1: write true or false"),
        ({"post_receipts": "maybe"}, "post_receipts is 'maybe': write true or false"),
    ],
    ids=str,
)
def test_parse__setting_that_makes_no_sense__is_named_with_the_way_out(
    changes: dict[str, object], sentence: str
) -> None:
    """Every refusal names the setting and says what to write."""
    with pytest.raises(InputError) as refused:
        parse(written(**changes))
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize("content", [None, [], "text", 5])
def test_parse__no_mapping__is_refused(content: object) -> None:
    """A file that holds something else is no keeper's settings."""
    with pytest.raises(InputError, match=r"^the file must be a mapping with endpoint, listen"):
        parse(content)


@pytest.mark.parametrize("config", [SOUND, CHANGED], ids=["defaults", "changed"])
def test_parse__what_was_written__is_the_same(config: KeeperConfig) -> None:
    """The file holds every setting, whatever its value."""
    assert parse(yaml.safe_load(text_of(config))) == config


@given(st.text(min_size=1), st.integers(0, 65_535), st.floats(0.001, 3600))
def test_parse__any_text_in_it__is_read_as_written(name: str, port: int, pause: float) -> None:
    """No text can turn into other YAML than a text."""
    config = replace(SOUND, dao=name, listen=Listen("127.0.0.1", port), pause=pause)
    assert parse(yaml.safe_load(text_of(config))) == config


def test_text_of__every_setting__has_a_comment_above_it() -> None:
    """Whoever opens the file sees what each line is for."""
    lines = text_of(SOUND).splitlines()
    settings = [at for at, line in enumerate(lines) if line and not line.startswith("#")]
    assert len(settings) == 9
    assert all(lines[at - 1].startswith("# ") for at in settings)


@pytest.mark.parametrize(
    ("nodes", "agree", "said"),
    [
        (1, 1, "believes a single node"),
        (2, 1, "Only 1 of 2 nodes have to agree"),
        (3, 1, "Set agree to 2 or more."),
        (2, 2, None),
        (3, 2, None),
        (3, 3, None),
    ],
)
def test_warning__few_nodes_or_few_that_agree__is_said(
    nodes: int, agree: int, said: str | None
) -> None:
    """A keeper that a minority can deceive says so; one that needs a majority is quiet."""
    found = warning(replace(SOUND, rpc=NODES[:nodes], agree=agree))
    assert (found is None) if said is None else (found is not None and said in found)
