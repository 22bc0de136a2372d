"""Bundles whose images were changed since playnano wrote them."""

from playnano.errors import Doubt
from playnano.stack.hashing import images_sha256
from playnano.stack.lazy import FrameImages
from playnano.stack.stack import AFMImageStack


def edited(stack: AFMImageStack) -> tuple[str, ...]:
    """The warning that a bundle's images are not what its last step gave, by the hash in its provenance.

    Reads every frame. A bundle without steps holds no hash of its images, so nothing is said of it.
    """
    records = [
        record
        for record in stack.provenance.all_steps()
        if record.sha256 and record.name not in stack.masks and "mask" not in record.step
    ]
    if not records or images_sha256(FrameImages(stack.frames)) == records[-1].sha256:
        return ()
    what = f"its images are not those that step {records[-1].index} ({records[-1].step}) gave"
    return (Doubt(f"{what}: the file was changed after playnano wrote it"),)
