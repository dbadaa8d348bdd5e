"""Every setting with its default and range; secrets never show in text."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.domain.limits import LIMIT_NAMES
from services.domain.policy import REDIS_MOST_WAIT_S, REDIS_TIMEOUT_S, WhenRedisDown
from services.domain.rollout import Stage

Names = Annotated[tuple[str, ...], NoDecode]

ADMIN_TOKEN_CHARACTERS = 20
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
ALL_FEATURES = (
    "question_hint",
    "topic_explanation",
    "study_plan",
    "performance_analysis",
    "evaluation",
    "question_gen",
)


class LogLevel(StrEnum):
    """Levels of Python's logging."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class Settings(BaseSettings):
    """Every setting under its environment name in lower case; `.env` is read too."""

    model_config = SettingsConfigDict(
        frozen=True, env_file=".env", extra="ignore", env_ignore_empty=True
    )
    NAMES: ClassVar[tuple[str, ...]] = (
        "ai_enabled_features", "ai_disabled_features", "ai_fallback_providers",
        "ai_trusted_proxies", "openai_models", "gemini_models", "vllm_models", "ollama_models",
        "openai_base_url", "gemini_base_url", "vllm_base_url", "ollama_base_url",
        "azure_openai_endpoint", "azure_openai_models", "anthropic_base_url", "anthropic_models",
        "ai_context_tokens", "ai_shadow_limits", "ai_provider_rpm", "ai_provider_tpm",
        "ai_cache_features",
    )  # fmt: skip

    ai_provider: str = "mock"
    ai_model: str | None = None
    ai_fallback_providers: Names = ("mock",)
    openai_api_key: SecretStr | None = None
    openai_base_url: Names = ()
    openai_models: Names = ("gpt-4o-mini",)
    azure_openai_api_key: SecretStr | None = None
    azure_openai_endpoint: Names = ()
    azure_openai_deployment: str | None = None
    azure_openai_models: Names = ()
    azure_openai_api_version: str = "2024-10-21"
    anthropic_api_key: SecretStr | None = None
    anthropic_base_url: Names = ()
    anthropic_models: Names = ("claude-haiku-4-5",)
    gemini_api_key: SecretStr | None = None
    gemini_base_url: Names = ()
    gemini_models: Names = ("gemini-2.5-flash",)
    vllm_api_key: SecretStr | None = None
    vllm_base_url: Names = ()
    vllm_models: Names = ()
    ollama_base_url: Names = ()
    ollama_models: Names = ("llama3.2",)
    ai_context_tokens: Names = ()

    ai_rollout_stage: Stage = Stage.INTERNAL_ONLY
    ai_rollout_percentage: Decimal | None = Field(None, ge=0, le=100)
    ai_enabled_features: Names = (
        "question_hint", "topic_explanation", "study_plan", "performance_analysis",
    )  # fmt: skip
    ai_disabled_features: Names = ("evaluation", "question_gen")

    ai_connect_timeout: float = Field(5, gt=0)
    ai_read_timeout: float = Field(30, gt=0)
    ai_total_timeout: float = Field(60, gt=0)
    ai_stream_timeout: float = Field(120, gt=0)
    ai_max_retries: int = Field(3, ge=0, le=10)
    ai_retry_initial_delay: float = Field(1, ge=0)
    ai_retry_max_delay: float = Field(30, ge=0)
    ai_cb_failure_threshold: int = Field(5, ge=1)
    ai_cb_success_threshold: int = Field(3, ge=1)
    ai_cb_timeout: float = Field(60, gt=0)
    ai_cb_max_timeout: float = Field(300, gt=0)
    ai_cb_return: float = Field(30, ge=0)

    ai_address_rpm: int = Field(1000, ge=1)
    ai_rpm: int = Field(100, ge=1)
    ai_rph: int = Field(1000, ge=1)
    ai_user_rpm: int = Field(10, ge=1)
    ai_user_rph: int = Field(100, ge=1)
    ai_feature_rpm: int = Field(60, ge=1)
    ai_feature_burst: int = Field(20, ge=1)
    ai_feature_daily_tokens: int | None = Field(None, ge=1)
    ai_feature_daily_requests: int | None = Field(None, ge=1)
    ai_feature_monthly_tokens: int | None = Field(None, ge=1)
    ai_feature_monthly_requests: int | None = Field(None, ge=1)
    ai_user_daily_tokens: int = Field(200_000, ge=1)
    ai_user_daily_requests: int = Field(1_000, ge=1)
    ai_user_monthly_tokens: int = Field(4_000_000, ge=1)
    ai_user_monthly_requests: int = Field(20_000, ge=1)
    ai_raised_limit_factor: int = Field(5, ge=1)
    ai_provider_rpm: Names = ()
    ai_provider_tpm: Names = ()
    ai_shadow_limits: Names = ()
    ai_cooldown: float = Field(30, ge=0)
    ai_abuse_violations: int = Field(10, ge=1)
    ai_abuse_window: float = Field(600, gt=0)
    ai_abuse_block: float = Field(900, gt=0)
    ai_cache_ttl: float = Field(3600, ge=0)
    ai_cache_features: Names = ()
    ai_daily_budget_usd: Decimal = Field(Decimal(50), ge=0)
    ai_monthly_budget_usd: Decimal = Field(Decimal(1000), ge=0)
    ai_playground_budget_usd: Decimal = Field(Decimal(5), ge=0)
    ai_alert_threshold: float = Field(0.8, gt=0, le=1)
    ai_max_tokens: int = Field(500, ge=1)
    ai_allow_unpriced: bool = True
    ai_prices_file: Path | None = None
    ai_timezone: str = "UTC"

    ai_content_filter: bool = True
    ai_prompt_injection_detection: bool = True
    ai_anonymize_output: bool = False
    ai_log_requests: bool = True
    ai_log_responses: bool = False
    ai_log_tokens: bool = True
    ai_log_costs: bool = True
    ai_mock_delay_min: float = Field(0.3, ge=0)
    ai_mock_delay_max: float = Field(1.0, ge=0)

    ai_audit_key: SecretStr | None = None
    ai_metrics_token: SecretStr | None = None
    ai_admin_token: SecretStr | None = None
    ai_trusted_proxies: Names = ()
    ai_data_dir: Path = Path("data")
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    ai_redis_timeout: float = Field(REDIS_TIMEOUT_S, gt=0, le=REDIS_MOST_WAIT_S)
    ai_budget_when_redis_down: WhenRedisDown = WhenRedisDown.CLOSED
    host: str = "127.0.0.1"
    port: int = Field(8501, ge=1, le=65535)
    log_level: LogLevel = LogLevel.INFO

    @field_validator(*NAMES, mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("ai_admin_token")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < ADMIN_TOKEN_CHARACTERS:
            raise ValueError(
                f"has under {ADMIN_TOKEN_CHARACTERS} characters and could be guessed: make one "
                "with `openssl rand -base64 32`"
            )
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(REDIS_SCHEMES):
            raise ValueError(f"begins with none of {', '.join(REDIS_SCHEMES)}")
        return value

    @field_validator("ai_shadow_limits")
    @classmethod
    def _known_limits(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = ", ".join(repr(name) for name in value if name not in LIMIT_NAMES)
        if unknown:
            raise ValueError(f"there is no limit {unknown}: use {', '.join(LIMIT_NAMES)}")
        return value

    @field_validator("ai_timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is no IANA time zone: use a name such as Europe/Istanbul") from error
        return value

    @property
    def configured_providers(self) -> frozenset[str]:
        """Providers that have what a call needs."""
        ready = {"mock"}
        ready |= {"openai"} if self.openai_api_key or self.openai_base_url else set()
        ready |= {"azure"} if self._has_azure else set()
        ready |= {"anthropic"} if self.anthropic_api_key or self.anthropic_base_url else set()
        ready |= {"gemini"} if self.gemini_api_key or self.gemini_base_url else set()
        ready |= {"vllm"} if self.vllm_base_url and self.vllm_models else set()
        ready |= {"ollama"} if self.ollama_base_url else set()
        return frozenset(ready)

    @property
    def _has_azure(self) -> bool:
        models = self.azure_openai_deployment or self.azure_openai_models
        return bool(self.azure_openai_api_key and self.azure_openai_endpoint and models)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.ai_timezone)

    @property
    def sql_url(self) -> str:
        """DATABASE_URL, or the SQLite file in the data folder."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.ai_data_dir / 'sluice.db').absolute()}"

    @property
    def own_url(self) -> str:
        """Where programs on this machine reach the server, "http://127.0.0.1:8501"."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


SECRETS = frozenset(
    name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)
)


def public_settings(settings: Settings) -> dict[str, str]:
    """Every setting in force under its environment name; secrets only as set or not set."""
    shown = {}
    for name, value in settings.model_dump().items():
        if name in SECRETS:
            shown[name.upper()] = "set" if value else "not set"
        elif isinstance(value, tuple):
            shown[name.upper()] = ", ".join(value)
        elif isinstance(value, bool):
            shown[name.upper()] = str(value).lower()
        elif isinstance(value, float) and value.is_integer():
            shown[name.upper()] = str(int(value))
        else:
            shown[name.upper()] = "" if value is None else str(value)
    return dict(sorted(shown.items()))
