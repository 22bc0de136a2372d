"""What is installed: the built-ins, then what other packages add by entry points."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, entry_points, packages_distributions, version
from typing import Any, Generic, TypeVar

from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from playnano.errors import PlaynanoError, RecipeError, did_you_mean
from playnano.model import Model, fault_texts

T = TypeVar("T")
M = TypeVar("M", bound=Model)


class Registry(Generic[T]):
    """Things of one kind by name.

    Parameters
    ----------
    group : str
        Entry point group that third parties add theirs to.
    kind : str
        What one of them is called in messages: 'step', 'reader', 'export format'.
    builtins : mapping of name to thing
    check : callable
        Raises TypeError for a thing that a plugin offers and that is not of this kind.
    """

    def __init__(
        self,
        group: str,
        kind: str,
        builtins: Mapping[str, T],
        check: Callable[[str, Any], T],
        *,
        plugins: bool = True,
    ) -> None:
        self.group = group
        self.kind = kind
        self.builtins = builtins
        self._check = check
        self._plugins = plugins

    @cached_property
    def _loaded(self) -> tuple[dict[str, T], dict[str, str], dict[tuple[str, str], str]]:
        """Things by name, packages by name, and what was set aside with the reason."""
        things, packages, aside = (
            dict(self.builtins),
            dict.fromkeys(self.builtins, "playnano"),
            dict[tuple[str, str], str](),
        )
        for entry in (
            sorted(entry_points(group=self.group), key=lambda e: (e.name, e.value)) if self._plugins else ()
        ):
            package = entry.dist.name if entry.dist else entry.module
            if entry.name in things:
                aside[entry.name, package] = f"the name is taken by {packages[entry.name]}"
                continue
            try:
                things[entry.name] = self._check(entry.name, entry.load())
                packages[entry.name] = package
            except Exception as error:
                aside[entry.name, package] = f"{type(error).__name__}: {error}"
        return things, packages, aside

    def __iter__(self) -> Iterator[T]:
        return iter(self._loaded[0].values())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all that can be used, built-ins first."""
        return tuple(self._loaded[0])

    @property
    def set_aside(self) -> Mapping[str, str]:
        """Plugins that cannot be used, as 'name of package', and why."""
        return {f"{name} of {package}": reason for (name, package), reason in self._loaded[2].items()}

    def package(self, name: str) -> str:
        """The package that `name` comes from."""
        return self._loaded[1].get(name, "playnano")

    def version(self, name: str) -> str:
        """Version of the package that `name` comes from."""
        return package_version(self.package(name))

    def unknown(self, name: str) -> str:
        """What to tell who asks for a name that cannot be used."""
        for (other, package), reason in self._loaded[2].items():
            if other == name:
                return f"the {self.kind} '{name} of {package}' cannot be used: {reason}"
        return f"there is no {self.kind} '{name}'{did_you_mean(name, self.spellings())}"

    def spellings(self) -> tuple[str, ...]:
        """All that may be written where a name is asked for."""
        return self.names

    def __getitem__(self, name: str) -> T:
        """The thing called `name`.

        Raises
        ------
        PlaynanoError
            Where there is none, or its plugin is broken.
        """
        try:
            return self._loaded[0][name]
        except KeyError:
            raise PlaynanoError(self.unknown(name)) from None


class Models(Registry[type[M]]):
    """Model classes told apart by one key: to Pydantic, the tagged union of what is installed.

    Use as `Annotated[Step, STEPS]`. Each class says `step: Literal["its_name"] = "its_name"`.

    Parameters
    ----------
    key : str
        The field whose value names the class.
    base : type
        The class that all are subclasses of.
    field : str
        What a field of these models is called in messages: 'parameter', 'setting'.
    common : tuple of str
        Fields that all of them have, left out where messages list what one takes.
    """

    def __init__(
        self,
        group: str,
        kind: str,
        key: str,
        base: type[M],
        builtins: tuple[type[M], ...],
        *,
        field: str = "setting",
        common: tuple[str, ...] = (),
        plugins: bool = True,
    ) -> None:
        self.key = key
        self.base = base
        self.field = field
        self.common = common
        self._classes = builtins
        super().__init__(
            group, kind, {model_name(c, key): c for c in builtins}, self._checked, plugins=plugins
        )

    def _checked(self, name: str, thing: Any) -> type[M]:
        if not (isinstance(thing, type) and issubclass(thing, self.base)):
            raise TypeError(f"it is not a subclass of {self.base.__name__}")
        if model_name(thing, self.key) != name:
            raise TypeError(f"its {self.key} is '{model_name(thing, self.key)}', its entry point '{name}'")
        thing.model_rebuild()
        return thing

    def make(self, name: str, settings: Mapping[str, Any]) -> M:
        """The model called `name` with these settings.

        Raises
        ------
        RecipeError
            Where there is none, or its settings are wrong; in the words of a recipe.
        """
        name = self.canonical(name)
        if name not in self.names:
            raise RecipeError(self.unknown(name))
        try:
            return self[name].model_validate({self.key: name, **settings})
        except ValidationError as error:
            texts = fault_texts(error.errors(), lambda field: self.not_a_field(name, field))
            raise RecipeError("; ".join(texts)) from None

    def not_a_field(self, name: str, field: str) -> str:
        """What to say of a key that the model called `name` does not have."""
        own = [key for key in self[self.canonical(name)].model_fields if key not in (self.key, *self.common)]
        return f"'{field}' is not a {self.field} of {name} (it takes: {', '.join(own) or 'none'})"

    def without_plugins(self) -> "Models[M]":
        """The built-ins alone, for the schemas that playnano publishes."""
        return Models(
            self.group,
            self.kind,
            self.key,
            self.base,
            self._classes,
            field=self.field,
            common=self.common,
            plugins=False,
        )

    def __getitem__(self, name: str) -> type[M]:
        return super().__getitem__(self.canonical(name))

    def spellings(self) -> tuple[str, ...]:
        return (*self.names, *self._aliases)

    def canonical(self, name: str) -> str:
        """The name that `name` is another name of, or `name` itself."""
        return self._aliases.get(name, name)

    @cached_property
    def _aliases(self) -> dict[str, str]:
        return {alias: model_name(c, self.key) for c in self for alias in getattr(c, "aliases", ())}

    def _canonical_item(self, item: Any) -> Any:
        if isinstance(item, dict) and isinstance(item.get(self.key), str):
            return {**item, self.key: self.canonical(item[self.key])}
        return item

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices = {model_name(c, self.key): handler.generate_schema(c) for c in self}
        union = core_schema.tagged_union_schema(choices, discriminator=self.key)
        return core_schema.no_info_before_validator_function(self._canonical_item, union)


def model_name(model: type[Model], key: str) -> str:
    """The value of the key that tells a model class from others of its kind."""
    return str(model.model_fields[key].default)


def models(group: str) -> Models[Any]:
    """The models of an entry point group such as `playnano.steps`, for code that stands below them.

    Each package that keeps a registry declares it as an entry point of `playnano.registries`.

    Raises
    ------
    PlaynanoError
        Where playnano runs from a folder that was never installed, or was changed since.
    """
    registry: Models[Any] = entry_point("playnano.registries", group)
    return registry


@lru_cache(64)
def entry_point(group: str, name: str) -> Any:
    """What an installed package offers under a name, for code that may not import it.

    Raises
    ------
    PlaynanoError
        Where playnano runs from a folder that was never installed, or was changed since.
    """
    entry = next(iter(entry_points(group=group, name=name)), None)
    if entry is None:
        raise PlaynanoError(f"the entry point '{name}' is not installed: install playnano again")
    return entry.load()


@lru_cache(256)
def package_version(package: str) -> str:
    """Version of an installed package, named as it is imported or as it is installed; or 'unknown'."""
    try:
        return version(package)
    except PackageNotFoundError:
        installed_as = packages_distributions().get(package)
        return version(installed_as[0]) if installed_as else "unknown"
