"""The functions of `playnano.io.data_loaders` under the other name by which they are known."""

from playnano.io.data_loaders import load_h5_bundle, load_npz_bundle, load_ome_tiff_stack

__all__ = ["load_h5_bundle", "load_npz_bundle", "load_ome_tiff_stack"]
