"""Images without noise: neighbouring pixels are mostly equal."""

import numpy as np

from playnano.stack.stack import AFMImageStack


def test_blocks_without_noise_are_levelled() -> None:
    data = np.zeros((1, 32, 32))
    data[0, 8:16, 8:16] = 5.0
    levelled = AFMImageStack.from_array(data).apply("auto_level")
    assert np.allclose(levelled[0], data[0], atol=0.01)
