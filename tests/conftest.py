"""How the tests run: side by side where they are many, and with the same drawn examples every time."""

from __future__ import annotations

import pytest
from hypothesis import settings

# Examples are drawn the same in every run, so that what fails is what was changed; `search` draws others. No test has a
# deadline for an example: a machine that is busy is no fault of what is tested.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("same")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """This process alone, where few tests were chosen: they are done before others would have started."""
    words = config.getoption("keyword"), config.getoption("lf", False), [word for word in config.args if ".py" in word]
    return 0 if any(words) else None
