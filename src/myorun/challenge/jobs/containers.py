"""The body of the jobs of a challenge: a submitted container in a cell of its own."""

from __future__ import annotations

import logging
from pathlib import Path

from myorun.challenge.playoff.cell import sweep
from myorun.challenge.playoff.engine import Engine, EngineError
from myorun.challenge.playoff.grading import grade_image
from myorun.challenge.playoff.sources import UPLOADED, ArchivedImage, ImageSource, RegistryImage
from myorun.challenge.playoff.uploads import ImageStore
from myorun.challenge.settings import Settings
from myorun.challenge.submissions import Submission
from myorun.challenge.verdict import GradedRun, Hooks, Verdict
from myorun.errors import UsageError

_LOG = logging.getLogger("myorun.challenge")


class ContainerGrading:
    """Grades submissions whose image is ``sha256:…``, an uploaded archive, or named in a registry.

    Args:
        folder: of the challenge, with the archives.
        settings: of the challenge.
    """

    def __init__(self, folder: str | Path, settings: Settings) -> None:
        self._limits = settings.playoff
        self._store = ImageStore(Path(folder), self._limits)
        self._complained = False

    def ready(self) -> bool:
        """Whether the container engine answers; what dead workers left there is removed."""
        try:
            with Engine(self._limits.engine) as engine:
                sweep(engine, self._limits)
        except (UsageError, EngineError) as error:
            if not self._complained:
                _LOG.warning("no agent can be graded: %s", error)
            self._complained = True
            return False
        self._complained = False
        return True

    def __call__(self, submission: Submission, run: GradedRun, hooks: Hooks) -> tuple[Verdict, str]:
        name = f"submission-{submission.id}"
        with Engine(self._limits.engine) as engine:
            graded = grade_image(engine, self._source(submission.image), run, self._limits, name=name, hooks=hooks)
        return graded.verdict, graded.log

    def _source(self, image: str) -> ImageSource:
        if image.startswith(UPLOADED):
            return ArchivedImage(self._store.path_of(image.removeprefix(UPLOADED)), self._limits)
        return RegistryImage(image, self._limits)
