"""One log for the whole process: Streamlit's and uvicorn's records go where ours go."""

from __future__ import annotations

import logging
from uuid import uuid4

import streamlit as st

_FOREIGN = ("streamlit", "uvicorn", "websockets")
_log = logging.getLogger(__name__)


def take_over_loggers() -> None:
    """Take Streamlit's own handlers away; called once it has started, as it sets them up then."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in _FOREIGN:
            logger = logging.getLogger(name)
            logger.handlers.clear()
            logger.propagate = True
            logger.setLevel(logging.WARNING)


def report_script_error(error: Exception) -> bool:
    """Log a page's error with an id and show the id alone: a traceback may quote what was typed."""
    number = uuid4().hex[:8]
    _log.error("page_failed", exc_info=error, extra={"fields": {"error_id": number}})
    st.error(
        f"This page broke on an error of ours; nothing else did. Its id is {number}: with it, the "
        "log says more. Reload the page to try again.",
        icon=":material/bug_report:",
    )
    return True
