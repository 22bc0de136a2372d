"""How large exports will be, as far as a movie's header and the recipe tell."""

from playnano.exporters import Export
from playnano.runner.planning import RunPlan
from playnano.steps import Extent


def is_size_known(export: Export, plan: RunPlan) -> bool:
    """Whether the size of every image is known before it is computed."""
    return export.raw or all(extent.height and extent.width and extent.is_exact for extent in plan.extents)


def bytes_of(export: Export, plan: RunPlan) -> int:
    """Bytes of the images in an export, before compression: float32, masks one byte a pixel.

    Images of a size that is not known count as none.
    """
    if export.raw:
        return 4 * _pixels(plan.extents[0])
    steps = dict(zip(_names(plan), zip(plan.recipe.steps, plan.extents[1:], strict=True), strict=True))
    kept = [(_pixels(extent), step.is_mask) for name, (step, extent) in steps.items() if export.keeps(name)]
    raw = 4 * _pixels(plan.extents[0]) if plan.recipe.steps and export.keeps("raw") else 0
    layers = sum(pixels * (1 if is_mask else 4) for pixels, is_mask in kept)
    return raw + layers + 4 * _pixels(plan.extents[-1])


def _names(plan: RunPlan) -> tuple[str, ...]:
    first = plan.stack.provenance.next_index()
    return tuple(step.layer_name(first + position) for position, step in enumerate(plan.recipe.steps))


def _pixels(extent: Extent) -> int:
    return extent.frames * (extent.height or 0) * (extent.width or 0)
