# The site alone, for any database: `docker compose up` has the rest (docs/install.md).
#
# It runs as nobody's user 10001, with a file system that is read-only, one volume at /data
# (database, secret key, collected static files) and a tmpfs at /tmp.

FROM python:3.11-slim-bookworm AS build
COPY requirements.txt /build/
RUN python3 -m venv /srv/pastebin/.venv \
    && /srv/pastebin/.venv/bin/pip install --disable-pip-version-check --no-cache-dir \
        --only-binary :all: --require-hashes --requirement /build/requirements.txt \
    && /srv/pastebin/.venv/bin/pip uninstall --yes --quiet pip setuptools
COPY manage.py README.md CHANGELOG.md LICENSE /srv/pastebin/site/
COPY pastebin_site /srv/pastebin/site/pastebin_site
COPY templates /srv/pastebin/site/templates
COPY pastes /srv/pastebin/site/pastes
# A file system that cannot be written to keeps no bytecode later.
RUN /srv/pastebin/.venv/bin/python -m compileall -q /srv/pastebin
# A new volume begins with these; after an upgrade the site collects them anew by itself.
RUN cd /srv/pastebin/site && DATA_DIR=/build/data ../.venv/bin/python manage.py shell \
    --command "from pastes.management.commands import serve; serve.collect_static()"

FROM python:3.11-slim-bookworm
COPY --from=build /srv/pastebin /srv/pastebin
RUN install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build --chown=10001:10001 /build/data/static /data/static
ENV PATH=/srv/pastebin/.venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8000
WORKDIR /srv/pastebin/site
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=120s --retries=3 \
    CMD ["python", "-m", "pastebin_site.probe"]
ENTRYPOINT ["python", "manage.py"]
CMD ["serve"]
