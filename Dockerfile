# Two images: `web` has no torch, since pages are answered by arrays and ONNX graphs; `worker` trains.

FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 EMBARK_VAR=/var/lib/embark
WORKDIR /srv/embark
COPY requirements.lock ./
RUN grep -v '^torch==' requirements.lock > /tmp/web.lock && pip install -r /tmp/web.lock
COPY . .
RUN pip install --no-deps -e . \
    && useradd --system --home-dir /var/lib/embark embark \
    && mkdir -p /var/lib/embark/models /var/lib/embark/media /var/lib/embark/shared \
    && SECRET_KEY=unused DATABASE_URL=postgres://unused/unused REDIS_URL=redis://unused \
       python manage.py collectstatic --no-input \
    && chown -R embark: /var/lib/embark

FROM base AS web
USER embark
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/live')"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--workers", "2", "embark.wsgi:application"]

FROM base AS worker
RUN pip install "$(grep '^torch==' requirements.lock)"
USER embark
CMD ["celery", "-A", "embark", "worker", "-B", "-Q", "default,training"]
