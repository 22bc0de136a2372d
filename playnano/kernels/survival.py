"""Survival of events observed for a limited time."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def survival(durations: Floats, censored: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Times and the share that lasts longer, by the estimator of Kaplan and Meier.

    Parameters
    ----------
    durations : array (n,)
    censored : bool array (n,)
        Whether the end was not seen.

    References
    ----------
    Kaplan, E. and Meier, P. (1958), Journal of the American Statistical Association 53, 457-481.
    """
    times = np.unique(durations[~censored])
    at_risk = np.array([np.sum(durations >= time) for time in times], float)
    ended = np.array([np.sum(durations[~censored] == time) for time in times], float)
    share = np.cumprod(1 - ended / at_risk) if len(times) else np.empty(0)
    return np.concatenate([[0.0], times]), np.concatenate([[1.0], share])
