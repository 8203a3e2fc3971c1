from __future__ import annotations

from collections.abc import Iterator

import pytest

from zhengling.kernel.exchange import declaration
from zhengling.kernel.exchange.tests.toy import LIST


@pytest.fixture(autouse=True)
def declared() -> Iterator[None]:
    """The toy data set is known while the test runs."""
    declaration.register(LIST)
    yield
    declaration._data_sets.pop("test.list")
