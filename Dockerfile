# syntax=docker/dockerfile:1
# mmvkp with everything that tools/setup_env.sh installs, for CPUs:
#
#   docker build -t mmvkp .                        recognition, mmcv-lite
#   docker build -t mmvkp --build-arg SET=full .   Point3D as well; compiles mmcv
#   docker run --rm -v "$PWD:/work" mmvkp predict a.mp4 --model CONFIG --weights FILE
#
# For GPUs use a base image with PyTorch for CUDA and a compiler:
#   docker build -t mmvkp --build-arg BASE=IMAGE .
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE}
ARG SET=light

# A compiler for the full set; libraries of OpenCV.
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/mmvkp
COPY . .
# Compiled wheels of mmcv stay in the cache between builds.
RUN --mount=type=cache,target=/root/.cache \
    bash tools/setup_env.sh --active "--${SET}"

WORKDIR /work
ENTRYPOINT ["mmvkp"]
CMD ["--help"]
