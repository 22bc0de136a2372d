"""Denoising: the noise goes, edges stay."""

from abc import abstractmethod
from importlib.util import find_spec
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field

from playnano.errors import StepError
from playnano.kernels.denoising import Floats, along_lines, denoised, median_of_nine, noise_of
from playnano.model import HeightUnit, Pixels, Px
from playnano.stack.frames import Frame
from playnano.stack.stack import AFMImageStack
from playnano.steps.base import Extent, FrameStep

Strength = Annotated[float, Field(gt=0, le=100)]
Noise = Annotated[HeightUnit, Field(gt=0)]


class MedianFilter(FrameStep):
    """Replace each pixel by the median of a square around it.

    Borders are reflected. NaN stays NaN, and counts as the nearest number for its surroundings. Takes some
    20 ms per frame of 512 x 512, and longer for larger squares, which are sorted one by one.
    """

    step: Literal["median_filter"] = "median_filter"
    size: Annotated[Pixels, Field(ge=2, le=101)] = 3
    """Side of the square."""

    def process(self, frame: Frame) -> Frame:
        return frame.with_image(denoised(frame.image, self._median))

    def _median(self, heights: Floats) -> Floats:
        from scipy.ndimage import median_filter

        return np.asarray(median_of_nine(heights) if self.size == 3 else median_filter(heights, self.size))


class Butterworth(FrameStep):
    """Filter along each scan line with a Butterworth filter, forwards and backwards: features do not move.

    NaN stays NaN; for its surroundings, a straight line stands in its place. Takes some 10 ms per frame of
    512 x 512, for each line is filtered twice in float64.

    References
    ----------
    S. Butterworth, "On the theory of filter amplifiers", Experimental Wireless 7, 536 (1930);
    F. Gustafsson, "Determining the initial states in forward-backward filtering", IEEE Trans. Signal Process.
    44, 988 (1996), doi:10.1109/78.492552.
    """

    step: Literal["butterworth"] = "butterworth"
    kind: Literal["lowpass", "highpass"] = "lowpass"
    """`lowpass` keeps what is longer than the wavelength, `highpass` what is shorter."""
    wavelength: Annotated[Px, Field(gt=2, le=1e6)] = 4.0
    """Wavelength of which half the amplitude passes."""
    order: Annotated[int, Field(ge=1, le=8)] = 2
    """Order of the filter, each way."""

    def process(self, frame: Frame) -> Frame:
        from scipy.signal import butter

        if frame.image.shape[1] < 2:
            return frame.with_image(frame.image.copy())
        sections = butter(self.order, 2 / self.wavelength, self.kind, output="sos")
        return frame.with_image(along_lines(frame.image, np.asarray(sections)))


class _Denoising(FrameStep):
    """A step that needs scikit-image."""

    def extent(self, before: Extent) -> Extent:
        self._check_installed()
        return before

    def prepared(self, stack: AFMImageStack) -> Self:
        self._check_installed()
        return self

    def process(self, frame: Frame) -> Frame:
        return frame.with_image(denoised(frame.image, self.denoise))

    @abstractmethod
    def denoise(self, heights: Floats) -> Floats:
        """Heights without their noise."""

    def _check_installed(self) -> None:
        if find_spec("skimage") is None or find_spec("pywt") is None:
            raise StepError(f"{self.step} needs scikit-image: pip install 'playnano[denoise]'")


class NonLocalMeans(_Denoising):
    """Average each pixel with those around it whose surroundings look alike.

    NaN stays NaN, and counts as the nearest number for its surroundings. Takes about 0.2 s per frame of
    512 x 512, nearly all of it in `skimage.restoration.denoise_nl_means`, which compares each patch with
    169 others.

    References
    ----------
    A. Buades, B. Coll, J.-M. Morel, "A non-local algorithm for image denoising", CVPR 2, 60 (2005),
    doi:10.1109/CVPR.2005.38.
    """

    step: Literal["non_local_means"] = "non_local_means"
    strength: Strength = 0.8
    """How unlike patches may be, as a multiple of the noise."""
    noise: Noise | None = None
    """Standard deviation of the noise; by default estimated for each frame."""
    patch_size: Annotated[Pixels, Field(ge=2, le=31)] = 5
    """Side of the patches that are compared."""
    patch_distance: Annotated[Pixels, Field(ge=1, le=51)] = 6
    """How far apart they may be."""

    def denoise(self, heights: Floats) -> Floats:
        from skimage.restoration import denoise_nl_means

        noise = self.noise or noise_of(heights)
        if not noise:
            return heights
        after = denoise_nl_means(
            heights / noise, self.patch_size, self.patch_distance, self.strength, sigma=1.0, fast_mode=True
        )
        return np.asarray(after * noise)


class TotalVariation(_Denoising):
    """Make each image as smooth as its noise allows, keeping edges sharp: least total variation.

    NaN stays NaN, and counts as the nearest number for its surroundings. Takes some 0.1 s per frame of
    512 x 512, most of it in the iterations of `skimage.restoration.denoise_tv_chambolle`.

    References
    ----------
    A. Chambolle, "An algorithm for total variation minimization and applications", J. Math. Imaging Vis. 20,
    89 (2004), doi:10.1023/B:JMIV.0000011325.36760.1e.
    """

    step: Literal["total_variation"] = "total_variation"
    strength: Strength = 1.0
    """Weight of smoothness, as a multiple of the noise."""
    noise: Noise | None = None
    """Standard deviation of the noise; by default estimated for each frame."""

    def denoise(self, heights: Floats) -> Floats:
        from skimage.restoration import denoise_tv_chambolle

        noise = self.noise or noise_of(heights)
        if not noise:
            return heights
        return np.asarray(denoise_tv_chambolle(heights / noise, self.strength) * noise)


class Wavelet(_Denoising):
    """Shrink the wavelets that hold no more than noise (BayesShrink).

    NaN stays NaN, and counts as the nearest number for its surroundings. Takes some 25 ms per frame of
    512 x 512, of which `skimage.restoration.denoise_wavelet` takes 15.

    References
    ----------
    S. G. Chang, B. Yu, M. Vetterli, "Adaptive wavelet thresholding for image denoising and compression",
    IEEE Trans. Image Process. 9, 1532 (2000), doi:10.1109/83.862633.
    """

    step: Literal["wavelet"] = "wavelet"
    strength: Strength = 1.0
    """Threshold, as a multiple of what suits the noise."""
    noise: Noise | None = None
    """Standard deviation of the noise; by default estimated for each frame."""

    def denoise(self, heights: Floats) -> Floats:
        from skimage.restoration import denoise_wavelet

        noise = self.noise or noise_of(heights)
        if not noise or min(heights.shape) < 14:  # shorter than two filters: nothing to split
            return heights
        after = denoise_wavelet(
            heights / noise, sigma=self.strength, wavelet="sym4", method="BayesShrink", rescale_sigma=False
        )
        return np.asarray(after * noise)
