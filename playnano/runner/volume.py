"""How large exports will be, as far as a movie's header and the recipe tell."""

from playnano.exporters import Export
from playnano.runner.planning import RunPlan
from playnano.steps import Extent


def is_size_known(export: Export, plan: RunPlan) -> bool:
    """Whether the size of every image is known before it is computed."""
    shapes = [export.written_shape((extent.height, extent.width)) for extent in plan.extents]
    return export.raw or (all(map(all, shapes)) and all(extent.is_exact for extent in plan.extents))


def bytes_of(export: Export, plan: RunPlan) -> int:
    """Bytes of the images in an export, before compression: float32, masks one byte a pixel.

    Images of a size that is not known count as none.
    """
    first, *extents = plan.extents
    if export.raw:
        return 4 * _pixels(export, first)
    steps = zip(_names(plan), plan.recipe.steps, extents, strict=True)
    layers = [
        (1 if step.is_mask else 4) * _pixels(export, extent)
        for name, step, extent in steps
        if export.keeps(name)
    ]
    raw = 4 * _pixels(export, first) if plan.recipe.steps and export.keeps("raw") else 0
    return raw + sum(layers) + 4 * _pixels(export, plan.extents[-1])


def _names(plan: RunPlan) -> tuple[str, ...]:
    first = plan.stack.provenance.next_index()
    return tuple(step.layer_name(first + position) for position, step in enumerate(plan.recipe.steps))


def _pixels(export: Export, extent: Extent) -> int:
    height, width = export.written_shape((extent.height, extent.width))
    return extent.frames * (height or 0) * (width or 0)
