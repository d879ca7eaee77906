# make run     set up what serving needs, then listen (or demonstrate, without a microphone)
# make test    set up everything, then run all tests
# make check   lint and types
# make bench   all benchmarks (DATA=folder adds the figures that need data)
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3.14 python3,$(if $(shell $(p) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$(p))))
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check
# For torch without CUDA on other machines: make setup TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
SERVE_PACKAGES := libportaudio2 apertium apertium-eng-spa
TEST_PACKAGES := $(SERVE_PACKAGES) espeak-ng pulseaudio pulseaudio-utils libasound2-plugins alsa-utils \
  mosquitto dbus dbus-daemon pipewire pipewire-pulse wireplumber systemd-container
.DEFAULT_GOAL := run
.PHONY: run test check setup bench clean

run: $(VENV)/.serve
	@$(BIN)/assistant run --show --or-demo

test: $(VENV)/.all
	$(BIN)/python -m pytest $(TESTS)

check: $(VENV)/.all
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

setup: $(VENV)/.all

bench: $(VENV)/.all
	$(BIN)/python -m benchmarks $(if $(DATA),--data $(DATA))

bench-%: $(VENV)/.all
	$(BIN)/python -m benchmarks.$* $(if $(DATA),--data $(DATA))

clean:
	rm -rf $(VENV) build dist benchmarks/out

$(VENV)/bin/pip:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(MAKE) --no-print-directory system PACKAGES=python3-venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/.serve: pyproject.toml constraints.txt | $(VENV)/bin/pip
	@$(MAKE) --no-print-directory system PACKAGES="$(SERVE_PACKAGES)"
	$(PIP) install -q -c constraints.txt -e .[espeak]
	@touch $@

$(VENV)/.all: pyproject.toml constraints.txt | $(VENV)/bin/pip
	@$(MAKE) --no-print-directory system PACKAGES="$(TEST_PACKAGES)"
	$(PIP) install -q -c constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) -e .[espeak,torch,develop]
	@# torchaudio's compiled part wants CUDA; its Python part, which we use, works without it
	@$(BIN)/python -c 'import torchaudio' 2>/dev/null || rm -f $(VENV)/lib/python*/site-packages/torchaudio/lib/*.so
	@touch $@ $(VENV)/.serve

# Debian packages that are missing; nothing is asked for, and no root needed, when none is.
.PHONY: system
system:
	@missing=""; for name in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$name 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$name"; done; \
	test -z "$$missing" && exit 0; \
	command -v apt-get >/dev/null || { echo "Please install:$$missing"; exit 2; }; \
	sudo=""; if [ "$$(id -u)" != 0 ]; then command -v sudo >/dev/null && sudo=sudo || \
	  { echo "Root is needed once: apt-get install$$missing"; exit 2; }; fi; \
	echo "Installing system packages:$$missing"; \
	{ $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing; } >/tmp/assistant-apt.log 2>&1 \
	  || { tail -5 /tmp/assistant-apt.log; exit 2; }
