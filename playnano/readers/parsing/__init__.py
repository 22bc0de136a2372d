"""Parts that formats share: numbers, text, units, HDF5 and TIFF."""
