"""Results that were changed since playnano wrote them."""

from collections.abc import Sequence
from dataclasses import replace

from playnano.errors import Doubt
from playnano.filenames import shown
from playnano.stack.contents import CHANGED, changed_facts, changed_layers
from playnano.stack.provenance import Provenance
from playnano.stack.stack import AFMImageStack


def facts_compared(stack: AFMImageStack) -> AFMImageStack:
    """The stack of a result, with a warning of facts that are not those written. Reads no array."""
    changed = [f"`{name}`" + (f" ({how})" if how else "") for name, how in changed_facts(stack).items()]
    changed += ["the provenance"] if stack.provenance.altered else []
    stack = replace(stack, warnings=(*stack.warnings, *edited_inputs(stack.provenance)))
    return _warned(stack, changed, "are" if len(changed) > 1 else "is")


def edited_inputs(run: Provenance) -> tuple[Doubt, ...]:
    """The warning that an input of a run, or of one before it, was a result that had been changed."""
    inputs = [one.input for one in (*run.history, run) if one.input is not None]
    names = [shown(one.name) for one in inputs if any(CHANGED in warning for warning in one.warnings)]
    if not names:
        return ()
    named = " and ".join(dict.fromkeys(names))
    return (Doubt(f"it was made from {named}, which had been changed after playnano wrote it"),)


def compared(stack: AFMImageStack, run: Provenance) -> AFMImageStack:
    """The stack in the result of a run, with a warning of arrays that are not those it wrote.

    Reads every array. Nothing is said of a file that holds no hash of them.
    """
    changed = list(changed_layers(stack, run))
    return _warned(stack, changed, "are" if len(changed) > 1 or "its images" in changed else "is")


def _warned(stack: AFMImageStack, changed: Sequence[str], verb: str) -> AFMImageStack:
    if not changed:
        return stack
    doubt = Doubt(f"{' and '.join(changed)} {verb} not what was written: {CHANGED}")
    return replace(stack, warnings=(*stack.warnings, doubt))
