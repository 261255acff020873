"""What is opened for a while and let go of by `close()`, also by `with`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Closing(ABC):
    """A context manager that gives itself and ends with `close()`, whatever happened."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything; nothing may be asked of it afterwards."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
