"""The descriptions of settings, as schemas and reference pages show them."""

from playnano.model import Model


def undescribed(model: Model, key: str) -> list[str]:
    """Settings without a text under them, but for the key that names the class."""
    properties = type(model).model_json_schema()["properties"]
    return [name for name, part in properties.items() if name != key and not part.get("description")]
