"""All settings, read once from the environment and frozen."""

from services.settings.described import describe_settings
from services.settings.loading import ConfigurationError, load_settings
from services.settings.models import read_context_tokens, read_deployments, read_provider_limits
from services.settings.price_file import read_price_file
from services.settings.unknown import UnknownName, find_unknown_names
from services.settings.values import ALL_FEATURES, LogLevel, Settings, public_settings

__all__ = [
    "ALL_FEATURES",
    "ConfigurationError",
    "LogLevel",
    "Settings",
    "UnknownName",
    "describe_settings",
    "find_unknown_names",
    "load_settings",
    "public_settings",
    "read_context_tokens",
    "read_deployments",
    "read_price_file",
    "read_provider_limits",
]
