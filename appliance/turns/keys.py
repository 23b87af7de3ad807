"""Collects keys: openly into a number, or secretly into a capture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from appliance.events import SecureCapture

MAX_KEYS: Final = 64
TERMINATOR: Final = "#"
CANCEL: Final = "*"


class KeyCollector:
    """Keys until `#` or a pause."""

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._keys = ""
        self._due: float | None = None

    @property
    def collecting(self) -> bool:
        return self._due is not None

    def press(self, key: str, now: float) -> str | None:
        """The whole number where this key ends it. A `#` alone is told as itself."""
        if key == TERMINATOR and self._keys:
            return self.take()
        self._keys += key
        self._due = now + self._gap_s
        if key == TERMINATOR or len(self._keys) >= MAX_KEYS:
            return self.take()
        return None

    def poll(self, now: float) -> str | None:
        """The number, if the pause after its last key was long enough."""
        return self.take() if self._due is not None and now >= self._due else None

    def take(self) -> str:
        """What was collected so far, and start anew."""
        keys, self._keys, self._due = self._keys, "", None
        return keys


@dataclass(frozen=True, slots=True)
class CaptureResult:
    outcome: Literal["valid", "invalid", "cancelled", "timeout"]
    digits: str = field(default="", repr=False)


class CaptureCollector:
    """Secret digits until `#`, their full number, or a pause; `*` gives up. Has no repr that shows them."""

    __slots__ = ("_digits", "_due", "_gap_s", "capture")

    def __init__(self, capture: SecureCapture, gap_s: float) -> None:
        self.capture = capture
        self._gap_s = gap_s
        self._digits = ""
        self._due: float | None = None

    @property
    def begun(self) -> bool:
        return bool(self._digits)

    def wait_until(self, at: float) -> None:
        """The prompt is over: the first digit is waited for until then."""
        if not self._digits:
            self._due = at

    def press(self, key: str, now: float) -> CaptureResult | None:
        if key == CANCEL:
            return CaptureResult("cancelled")
        if key == TERMINATOR:
            return self._judge()
        if key.isdigit():
            self._digits += key
            self._due = now + self._gap_s
            if len(self._digits) >= self.capture.max_digits:
                return self._judge()
        return None

    def poll(self, now: float) -> CaptureResult | None:
        if self._due is None or now < self._due:
            return None
        return self._judge() if self._digits else CaptureResult("timeout")

    def _judge(self) -> CaptureResult:
        digits, self._digits = self._digits, ""
        if self.capture.min_digits <= len(digits) <= self.capture.max_digits:
            return CaptureResult("valid", digits)
        return CaptureResult("invalid")
