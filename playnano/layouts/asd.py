"""The .asd layout: headers of the file and of its frames."""

import struct
from collections.abc import Mapping
from types import MappingProxyType

FRAME_HEADER = struct.Struct("<i4h2f?11x")  # number, max, min, x offset, y offset, x tilt, y tilt, stimulated


V0 = MappingProxyType(
    {
        "channel1": "2s", "channel2": "2s", "header_length": "i", "frame_header_length": "i",
        "user_name_size": "i", "comment_offset_size": "i", "comment_size": "i", "x_pixels": "h",
        "y_pixels": "h", "x_nm": "h", "y_nm": "h", "frame_time_ms": "f", "z_piezo_extension": "f",
        "z_piezo_gain": "f", "ad_range": "I", "ad_bits": "i", "is_averaged": "?", "averaging_window": "i",
        "padding": "h", "year": "h", "month": "B", "day": "B", "hour": "B", "minute": "B", "second": "B",
        "rounding": "B", "max_x_scan": "f", "max_y_scan": "f", "reserved": "12s", "initial_frames": "i",
        "num_frames": "i", "afm_id": "i", "file_id": "h",
    }
)  # fmt: skip


V0_AFTER_USER_NAME = MappingProxyType(
    {
        "scanner_sensitivity": "f", "phase_sensitivity": "f", "scan_direction": "i",
    }
)  # fmt: skip


V1 = MappingProxyType(
    {
        "header_length": "i", "frame_header_length": "i", "text_encoding": "i", "user_name_size": "i",
        "comment_size": "i", "channel1": "4s", "channel2": "4s", "initial_frames": "i", "num_frames": "i",
        "scan_direction": "i", "file_id": "i", "x_pixels": "i", "y_pixels": "i", "x_nm": "i", "y_nm": "i",
        "is_averaged": "?", "averaging_window": "i", "year": "i", "month": "i", "day": "i", "hour": "i",
        "minute": "i", "second": "i", "x_rounding": "i", "y_rounding": "i", "frame_time_ms": "f",
        "scanner_sensitivity": "f", "phase_sensitivity": "f", "offset": "i", "reserved": "12s",
        "afm_id": "i", "ad_range": "I", "ad_bits": "i", "max_x_scan": "f", "max_y_scan": "f",
        "x_piezo_extension": "f", "y_piezo_extension": "f", "z_piezo_extension": "f", "z_piezo_gain": "f",
    }
)  # fmt: skip


V2_AFTER_COMMENT = MappingProxyType(
    {
        "number_of_frames": "i", "x_feed_forward_integer": "i", "x_feed_forward_double": "d",
        "max_colour": "i", "min_colour": "i", "red_anchors": "i", "green_anchors": "i", "blue_anchors": "i",
    }
)  # fmt: skip


def packing(layout: Mapping[str, str]) -> struct.Struct:
    """The binary form of a part of a header: little-endian, without padding."""
    return struct.Struct("<" + "".join(layout.values()))
