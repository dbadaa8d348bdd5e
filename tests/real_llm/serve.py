"""Serve a small model over HTTP with llama.cpp's own server, which the xllamacpp wheel contains.

HTTP, authentication, streaming and inference are llama.cpp's; this sets its parameters only.
Runs in the virtualenv that start_real_llm.sh makes. Prints `READY <address>` once it listens.
"""

import os
import signal
from types import FrameType

import xllamacpp


def server_parameters() -> xllamacpp.CommonParams:
    """Read the REALLLM_* environment (README.md) into llama.cpp's parameters."""
    setting = os.environ.get
    slots = int(setting("REALLLM_SLOTS", "2"))
    threads = int(setting("REALLLM_THREADS", "1"))

    parameters = xllamacpp.CommonParams()
    parameters.model.path = os.environ["REALLLM_GGUF"]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = int(setting("REALLLM_PORT", "0"))
    parameters.model_alias = {setting("REALLLM_ALIAS", "smollm2-135m-instruct")}
    parameters.api_keys = [
        key for key in setting("REALLLM_KEYS", "sk-local-test").split(",") if key
    ]
    if prefix := setting("REALLLM_PREFIX"):
        parameters.api_prefix = prefix
    parameters.n_parallel = slots
    parameters.n_ctx = int(setting("REALLLM_CTX", "2048")) * slots  # split over the slots
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.n_threads_http = int(setting("REALLLM_HTTP_THREADS", "16"))
    parameters.cache_ram_mib = 256
    parameters.endpoint_metrics = True
    parameters.ui = False
    if setting("REALLLM_EMBEDDINGS", "1") == "1":
        parameters.embedding = True
        parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    return parameters


def stop_at_once(_signal: int, _frame: FrameType | None) -> None:
    """End without waiting for running generations; there is nothing to save."""
    os._exit(0)


def main() -> None:
    """Serve until a signal ends the process."""
    signal.signal(signal.SIGTERM, stop_at_once)
    signal.signal(signal.SIGINT, stop_at_once)
    server = xllamacpp.Server(server_parameters())  # returns when the port is bound
    print(f"READY {server.listening_address}", flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
