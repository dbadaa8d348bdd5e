"""The ports: what the rules and operations need of the outside, each with several adapters."""

from services.domain.ports.accounts import AccountStore, PasswordHasher, SignedTokens
from services.domain.ports.audit import AuditStore
from services.domain.ports.breakers import BreakerStore
from services.domain.ports.clock import Call, Clock, Ids
from services.domain.ports.control import ControlStore, LiveControl
from services.domain.ports.counters import Counters
from services.domain.ports.evidence import EvidenceLog
from services.domain.ports.fleet import FleetStore
from services.domain.ports.kill import KillPlace
from services.domain.ports.ledger import Journal, LedgerReader, LedgerStore
from services.domain.ports.models import ModelCall, ModelClient, ModelEvent
from services.domain.ports.observers import RequestObserver
from services.domain.ports.past import PastReader
from services.domain.ports.providers import PriceBook, Provider, TokenCounter
from services.domain.ports.samples import SampleSender, SampleStore

__all__ = [
    "AccountStore",
    "AuditStore",
    "BreakerStore",
    "Call",
    "Clock",
    "ControlStore",
    "Counters",
    "EvidenceLog",
    "FleetStore",
    "Ids",
    "Journal",
    "KillPlace",
    "LedgerReader",
    "LedgerStore",
    "LiveControl",
    "ModelCall",
    "ModelClient",
    "ModelEvent",
    "PasswordHasher",
    "PastReader",
    "PriceBook",
    "Provider",
    "RequestObserver",
    "SampleSender",
    "SampleStore",
    "SignedTokens",
    "TokenCounter",
]
