FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8501 \
    AI_DATA_DIR=/data

WORKDIR /app

# The libraries change less often than the code: a layer of their own.
COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

# The System page describes settings by it.
COPY .env.example .
COPY .streamlit .streamlit
COPY services services
COPY console console
COPY pages pages

RUN useradd --system --uid 10001 --no-create-home sluice \
    && mkdir /data \
    && chown sluice /data
USER 10001
VOLUME /data
EXPOSE 8501

# The body has to be JSON: Streamlit answers 200 with a page to any address it does not know.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["python", "-c", \
    "import json, os, urllib.request as u; json.load(u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/ready', timeout=2))"]

CMD ["python", "-m", "console"]
