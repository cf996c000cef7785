"""config.yaml, secrets and environment become one checked set of settings."""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from api.settings import ApiSettings
from collectors.base import CollectorSettings
from collectors.settings import CollectorsSettings
from dashboard.settings import DeskSettings
from store.settings import CampaignSettings, LanguageSettings, MediaSettings, StoreSettings

PREFIX = "BLADI_"
NESTED = "__"


class ConfigError(Exception):
    """The configuration cannot be used; one line for each thing that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """Everything that one campaign's service is told."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=NESTED,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    campaign: CampaignSettings
    store: StoreSettings = StoreSettings()
    language: LanguageSettings = LanguageSettings()
    media: MediaSettings = MediaSettings()
    api: ApiSettings = ApiSettings()
    desk: DeskSettings = DeskSettings()
    collectors: CollectorsSettings = Field(default_factory=CollectorsSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # pydantic's own signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read only what `load` hands over, in its order."""
        return (env_settings, init_settings)


def load(path: Path, *, secrets: Path | None = None) -> Settings:
    """Return the settings: config.yaml, below secret files, below `BLADI_*` variables.

    Args:
        path: the campaign's config.yaml.
        secrets: folder of files named like the variables; None looks at `BLADI_SECRETS`.

    Raises:
        ConfigError: something is wrong; each problem names its place and what is allowed.
    """
    if secrets is None and (folder := os.environ.get(f"{PREFIX}SECRETS")):
        secrets = Path(folder)
    data = _read(path)
    problems = [*_secrets_in(data), *_unknown_variables(), *_unknown_files(secrets)]
    if problems:
        raise ConfigError(problems)
    try:
        return _with_secrets(data, secrets)
    except ValidationError as error:
        raise ConfigError([_explain(path, one) for one in error.errors()]) from None


def secret_values(model: BaseModel) -> Iterator[str]:
    """Yield every secret that is set, so that logs can be kept free of them."""
    for value in dict(model).values():
        for one in value.values() if isinstance(value, Mapping) else [value]:
            if isinstance(one, BaseModel):
                yield from secret_values(one)
            elif isinstance(one, SecretStr) and one.get_secret_value():
                yield one.get_secret_value()


def variable(*path: str) -> str:
    """Return the environment variable that sets a value, e.g. of collectors, x, bearer_token."""
    return PREFIX + NESTED.join(path).upper()


def state(name: str, settings: CollectorSettings) -> tuple[str, list[str]]:
    """Return live, off or missing for a source, and the variables of credentials it lacks."""
    if not settings.enabled:
        return "off", []
    lacking = [variable("collectors", name, field) for field in settings.missing()]
    return ("missing" if lacking else "live"), lacking


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping: the last would silently win."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                mark = key_node.start_mark
                where = f"line {mark.line + 1}, column {mark.column + 1}"
                raise ConfigError([f"{key}: stands twice ({where}); keep one"])
            seen.add(key)
        return super().construct_mapping(node, deep)


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(
            [f"{path}: no such file; name one with --config, or copy config.yaml"]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read ({type(error).__name__})"]) from None
    try:
        data = yaml.load(text, _Loader)  # noqa: S506  # _Loader is a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        raise ConfigError([f"{path}: no valid YAML at {where}: {error.problem}"]) from None
    if not isinstance(data, dict):
        raise ConfigError([f"{path}: empty, or no sections; see the config.yaml that we ship"])
    return data


def _with_secrets(data: dict[str, Any], secrets: Path | None) -> Settings:
    if secrets is not None and not secrets.is_dir():
        raise ConfigError([f"{PREFIX}SECRETS: {secrets} is no folder"])

    class WithFiles(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *_: Any, **__: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            sources: list[PydanticBaseSettingsSource] = [EnvSettingsSource(settings_cls)]
            if secrets is not None:
                sources.append(
                    NestedSecretsSettingsSource(
                        EnvSettingsSource(settings_cls),
                        secrets_dir=secrets,
                        secrets_prefix=PREFIX.lower(),
                        secrets_nested_delimiter=NESTED,
                    )
                )
            return (*sources, InitSettingsSource(settings_cls, data))

    return WithFiles()


def _secrets_in(
    data: Any, model: type[BaseModel] = Settings, path: tuple[str, ...] = ()
) -> Iterator[str]:
    """Yield a problem for each secret that stands in config.yaml."""
    if not isinstance(data, dict):
        return
    for name, field in model.model_fields.items():
        if name not in data:
            continue
        here = (*path, name)
        if "SecretStr" in str(field.annotation) and not _is_plain_url(name, data[name]):
            yield f"{'.'.join(here)}: secrets never stand in this file; set {variable(*here)}"
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _secrets_in(data[name], field.annotation, here)


def _is_plain_url(name: str, value: Any) -> bool:
    """Say whether a value is an address without a password: the store's may stand in the file."""
    return name == "url" and isinstance(value, str) and "@" not in value


def _unknown_variables() -> Iterator[str]:
    known = {f"{PREFIX}SECRETS", f"{PREFIX}CONFIG", *_variables(Settings, ())}
    for name in os.environ:
        if name.startswith(PREFIX) and name.upper() not in known and not _in_dict(name, known):
            close = get_close_matches(name, known, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            yield f"{name}: no such setting{hint}"


def _unknown_files(folder: Path | None) -> Iterator[str]:
    if folder is None or not folder.is_dir():
        return
    known = set(_variables(Settings, ()))
    for path in sorted(folder.iterdir()):
        name = path.name.upper()
        if name.startswith(PREFIX) and name not in known and not _in_dict(name, known):
            close = get_close_matches(name, known, 1)
            hint = f"; did you mean {close[0].lower()}?" if close else ""
            yield f"{path.name}: no such setting{hint}"


def _in_dict(name: str, known: set[str]) -> bool:
    """Say whether a variable sets one entry of a mapping (a token for each server)."""
    return any(name.upper().startswith(f"{one}{NESTED}") for one in known if one.endswith("TOKENS"))


def _variables(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield variable(*path, name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _variables(field.annotation, (*path, name))


_ALLOWED = {
    **dict.fromkeys(("bool_parsing", "bool_type"), "must be true or false"),
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "must be a whole number"),
    **dict.fromkeys(("float_parsing", "float_type", "finite_number"), "must be a number"),
    "string_type": "must be text",
    "string_too_short": "must have {min_length} characters or more",
    "string_too_long": "must have {max_length} characters or fewer",
    "too_short": "must have {min_length} entries or more",
    "too_long": "must have {max_length} entries or fewer",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    **dict.fromkeys(("tuple_type", "list_type", "set_type", "frozen_set_type"), "must be a list"),
    **dict.fromkeys(("dict_type", "model_type"), "must be keys with values, not one value"),
    **dict.fromkeys(("literal_error", "enum"), "must be one of {expected}"),
    "string_pattern_mismatch": "must match {pattern}",
    "path_type": "must be a path",
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        "must be a date, such as 2026-11-18",
    ),
    "missing": "missing; it must be set",
}
"""What may stand in a place, by pydantic's name for the mistake."""


def _explain(path: Path, error: Any) -> str:
    """Return one problem as its place in the file, what is wrong and what is allowed."""
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        message = _unknown_key(error["loc"])
    elif error["type"] == "string_pattern_mismatch" and "https" in error["ctx"]["pattern"]:
        message = "must be an address, such as https://example.org"
    elif allowed := _ALLOWED.get(error["type"]):
        message = allowed.format(**error.get("ctx", {}))
    else:
        message = str(error["msg"]).removeprefix("Value error, ")
    return f"{where or path}: {message}"


def _unknown_key(loc: tuple[Any, ...]) -> str:
    model: type[BaseModel] = Settings
    for part in loc[:-1]:
        field = model.model_fields.get(str(part))
        annotation = field.annotation if field else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return "no such key"
        model = annotation
    names = sorted(model.model_fields)
    close = get_close_matches(str(loc[-1]), names, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"no such key; {hint}allowed: {', '.join(names)}"
