"""The flags of `process` that ask for pictures, and say how they look."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from playnano.cli.output import UsageError
from playnano.cli.recipe_flags import yaml_value

VIDEOS = ("mp4", "avi", "mov", "mkv")
SEQUENCES = ("png", "jpg")

MakeGif = Annotated[bool, typer.Option("--make-gif", help="Write an animated GIF.")]
MakeVideo = Annotated[
    str | None, typer.Option(metavar="[mp4|avi|mov|mkv]", help="Write a video.  [default format: mp4]")
]
MakeSequence = Annotated[
    str | None,
    typer.Option(
        metavar="[png|jpg]", help="Write a folder of pictures, one per frame.  [default format: png]"
    ),
]
ScaleBarNm = Annotated[
    str | None, typer.Option(metavar="NM", help="Length of the scale bar, or 'auto'.  [default: 100]")
]
ZMin = Annotated[
    str | None,
    typer.Option("--zmin", metavar="HEIGHT", help="Height of the darkest colour.  [default: auto]"),
]
ZMax = Annotated[
    str | None,
    typer.Option("--zmax", metavar="HEIGHT", help="Height of the lightest colour.  [default: auto]"),
]
Cmap = Annotated[
    str | None, typer.Option(metavar="NAME", help="Colormap of playnano or matplotlib.  [default: afm_brown]")
]
Fps = Annotated[
    str | None, typer.Option(metavar="NUMBER", help="Frames per second of GIF and video.  [default: 5]")
]
NoTimestamp = Annotated[bool, typer.Option("--no-timestamp", help="Do not draw the time.")]
NoScaleBar = Annotated[bool, typer.Option("--no-scale-bar", help="Do not draw a scale bar.")]
ColourBar = Annotated[bool, typer.Option("--colour-bar", help="Draw a colour bar.")]

_TEXTS = ("scale_bar_nm", "zmin", "zmax", "cmap", "fps")
"""Flags that are keys of a picture's export."""
_SWITCHES = {
    "no_timestamp": ("timestamp", False),
    "no_scale_bar": ("scale_bar", False),
    "colour_bar": ("colour_bar", True),
}
"""Flags without a value: the key of a picture's export and the value that they stand for."""


@dataclass(frozen=True)
class PictureFlags:
    """What the flags say of pictures."""

    make_gif: MakeGif = False
    make_video: MakeVideo = None
    make_sequence: MakeSequence = None
    scale_bar_nm: ScaleBarNm = None
    zmin: ZMin = None
    zmax: ZMax = None
    cmap: Cmap = None
    fps: Fps = None
    no_timestamp: NoTimestamp = False
    no_scale_bar: NoScaleBar = False
    colour_bar: ColourBar = False

    def formats(self) -> dict[str, str]:
        """The formats asked for, each with the flag that asked."""
        flags = {"gif": "--make-gif"} if self.make_gif else {}
        flags |= {self.make_video: "--make-video"} if self.make_video else {}
        return flags | ({self.make_sequence: "--make-sequence"} if self.make_sequence else {})

    def settings(self) -> dict[str, tuple[str, Any]]:
        """Keys of a picture's export: the flag, and the value."""
        texts = {key: text for key in _TEXTS if (text := getattr(self, key)) is not None}
        flags = {key: f"--{key.replace('_', '-')}" for key in texts}
        values = {key: (flags[key], yaml_value(text, flags[key])) for key, text in texts.items()}
        switches = {name: switch for name, switch in _SWITCHES.items() if getattr(self, name)}
        return values | {
            key: (f"--{name.replace('_', '-')}", value) for name, (key, value) in switches.items()
        }

    def of(self, name: str) -> dict[str, tuple[str, Any]]:
        """The settings that an export of this format takes."""
        from playnano.exporters import EXPORTS
        from playnano.exporters.pictures.base import PictureExport

        if name not in EXPORTS.names or not issubclass(EXPORTS[name], PictureExport):
            return {}
        fields = EXPORTS[name].model_fields
        return {key: setting for key, setting in self.settings().items() if key in fields}

    def check_used(self, names: Mapping[str, str]) -> None:
        """Flags that change nothing are a mistake.

        Raises
        ------
        UsageError
            Where a setting is given that none of the formats takes.
        """
        used = {key for name in names for key in self.of(name)}
        for key, (flag, _) in self.settings().items():
            if key not in used:
                what = (
                    "GIF or video: add --make-gif or --make-video"
                    if key == "fps"
                    else "pictures: add --make-gif"
                )
                raise UsageError(f"{flag} is for {what}")
