# Two stages: the first installs the locked dependencies and builds Closeout, the second carries what runs.
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/build && python -m venv --without-pip /opt/closeout
COPY requirements.txt requirements-build.txt ./
RUN /opt/build/bin/pip install --require-hashes -r requirements-build.txt \
 && /opt/build/bin/pip --python /opt/closeout/bin/python install --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY app ./app
COPY config/closeout.yml ./config/closeout.yml
COPY config/examples ./config/examples
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /opt/build/bin/pip --python /opt/closeout/bin/python install --no-deps /wheel/*.whl

FROM python:3.12-slim
LABEL org.opencontainers.image.title="Closeout" \
      org.opencontainers.image.description="Close the issue, release the payment" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --gid 10001 closeout \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin closeout \
 && mkdir /data \
 && chown 10001:10001 /data
COPY --from=build /opt/closeout /opt/closeout
# All that is written goes to /data and /tmp: the root file system may be mounted read-only.
ENV PATH=/opt/closeout/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CLOSEOUT_CONFIG=/data/closeout.yml \
    CLOSEOUT_KEY_FILE=/data/closeout.key \
    CLOSEOUT_DATABASE_URL=sqlite:////data/closeout.db
# A number, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["closeout"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
