# syntax=docker/dockerfile:1
# Two stages: the first installs the locked dependencies, the second carries only what runs.
FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /opt/closeout
ENV PATH=/opt/closeout/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.txt requirements-build.txt ./
RUN pip install --require-hashes -r requirements.txt \
 && python -m venv /opt/build && /opt/build/bin/pip install --require-hashes -r requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY app ./app
COPY config/closeout.yml ./config/closeout.yml
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
 && pip install --no-deps /wheel/*.whl

FROM python:3.12-slim
RUN groupadd --gid 10001 closeout \
 && useradd --uid 10001 --gid closeout --no-create-home --shell /usr/sbin/nologin closeout \
 && install -d -o closeout -g closeout /data /config
COPY --from=build /opt/closeout /opt/closeout
ENV PATH=/opt/closeout/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    CLOSEOUT_CONFIG=/config/closeout.yml \
    CLOSEOUT_DATABASE_URL=sqlite:////data/closeout.db
USER closeout
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["closeout"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
