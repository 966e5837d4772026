# cdc-preflight, from a binary that was built before. The folder that is sent to the engine holds
# nothing but the binary:
#
#   cargo build --release && mkdir -p packed && cp target/release/cdc-preflight packed/
#   docker build --file examples/docker/packed.Dockerfile --tag cdc-preflight packed
#
# RUNTIME_IMAGE needs a C library that is not older than that of the machine that built it.
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian13:nonroot

FROM ${RUNTIME_IMAGE}
COPY cdc-preflight /usr/local/bin/cdc-preflight
# As in the Dockerfile beside this one.
USER 65532:65532
WORKDIR /work
ENV CDC_PREFLIGHT_STATE_DIR=/state
ENTRYPOINT ["/usr/local/bin/cdc-preflight"]
