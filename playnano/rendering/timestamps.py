"""A frame's time as text, in a unit and with decimals that suit the whole movie."""

from dataclasses import dataclass
from math import ceil, log10
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Unit = Literal["ms", "s", "min", "h"]
TimeUnit = Unit | Literal["auto"]
_LARGEST: tuple[tuple[Unit, float], ...] = (("ms", 1.0), ("s", 3600.0))  # s
_LONG_S = 60.0
"""From here on, tenths of a second are enough where the frames are not closer."""
_USUAL_DECIMALS = {"ms": 1, "s": 2, "min": 1, "h": 0}
_MOST_DECIMALS = 6
_TICKS_A_STEP = 5  # the last decimal counts at least so often from frame to frame, or times look uneven


@dataclass(frozen=True)
class Clock:
    """How the times of one movie are written: `0.50 s`, `18.1 s`, `12.3 ms`, `1:02.5 min`, `1:02:05 h`."""

    unit: Unit
    decimals: int

    @classmethod
    def of(cls, times: NDArray[np.float64], wish: TimeUnit = "auto") -> "Clock":
        """The clock for these times (s): the last one sets the unit, the shortest step the decimals."""
        longest = float(np.abs(times).max(initial=0))
        at_rest: Unit = "s" if longest == 0 else "h"
        suits = next((unit for unit, end in _LARGEST if 0 < longest < end), at_rest)
        unit = suits if wish == "auto" else wish
        steps = np.diff(np.unique(times)) * (1000 if unit == "ms" else 1)
        needed = ceil(log10(_TICKS_A_STEP / steps.min()) - 1e-9) if steps.size and steps.min() < 1 else 0
        usual = 1 if unit == "s" and longest >= _LONG_S else _USUAL_DECIMALS[unit]
        return cls(unit, min(max(usual, needed), _MOST_DECIMALS))

    def text(self, seconds: float) -> str:
        """A time, in s, as it is shown; digits stand in the same place from the right in every frame."""
        scale = 10**self.decimals
        ticks = round(abs(seconds) * scale * (1000 if self.unit == "ms" else 1))
        sign = "\N{MINUS SIGN}" if seconds < 0 and ticks else ""
        whole, rest = divmod(ticks, scale)
        fraction = f".{rest:0{self.decimals}d}" if self.decimals else ""
        return f"{sign}{self._clock_face(whole)}{fraction} {self.unit}"

    def _clock_face(self, whole: int) -> str:
        minutes, seconds = divmod(whole, 60)
        if self.unit == "min":
            return f"{minutes}:{seconds:02d}"
        if self.unit == "h":
            return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
        return str(whole)
