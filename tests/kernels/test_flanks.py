"""Which pixels are flanks of features."""

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from playnano.kernels.background import away_from_features


@pytest.mark.parametrize("flank", range(9))
@pytest.mark.parametrize("width", [1, 2, 3, 7, 60])
def test_flanks_are_what_dilation_along_the_line_adds(flank: int, width: int) -> None:
    features = np.random.default_rng(width).random((20, width)) < 0.1
    before = features.copy()
    grown = binary_dilation(features, np.ones((1, 2 * flank + 1), bool))
    np.testing.assert_array_equal(away_from_features(features, flank), ~grown)
    np.testing.assert_array_equal(features, before)
