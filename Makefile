# Every target sets up what it needs in .venv and nothing it does not.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: serve gui train network test floors screenshots pictures lint clean
.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST)

serve: $(VENV)/installed-serve ## Start the server; ARGS="--port 5001" and the like are passed on
	$(BIN)/python -m handlers $(ARGS)

gui: $(VENV)/installed-gui ## Open the desktop client
	$(BIN)/python -m gui $(ARGS)

train: $(VENV)/installed-train ## Train with the default configuration; ARGS are passed to fit
	$(BIN)/python -m lightning_module fit $(ARGS)

# Each training goes on where an earlier call was interrupted; ARGS are passed to both. What splits
# the data set, --data.test_set for instance, must be the same in all four commands: SPLIT.
FIT = $(BIN)/python -m lightning_module fit --ckpt_path last --data.root "$(DATA)"
TAUGHT = --data.root "$(DATA)" --ckpt_path runs/taught/checkpoints/epoch=*.ckpt $(SPLIT)

network: data $(VENV)/installed-train ## Train, test and export a network as in model_store/ from DATA=folder
	$(FIT) --trainer.default_root_dir runs/teacher --trainer.check_val_every_n_epoch 3 $(SPLIT) $(ARGS)
	$(FIT) --config lightning_module/configs/taught.yaml $(SPLIT) $(ARGS)
	$(BIN)/python -m lightning_module test $(TAUGHT)
	$(BIN)/python -m lightning_module export $(TAUGHT)

# Asked before minutes of installing.
.PHONY: data
data:
	$(if $(DATA),,$(error Say where HAM10000 is: make network DATA=folder))

test: $(VENV)/installed-dev xvfb ## Run all tests, with a real server and a real window
	$(BIN)/python -m pytest $(ARGS)

FLOORS := $(VENV)-floors
floors: xvfb ## Run all tests with the oldest versions that pyproject.toml allows
	test -x $(FLOORS)/bin/python || $(PYTHON) -m venv $(FLOORS)
	$(FLOORS)/bin/python -m pip install --quiet uv
	$(FLOORS)/bin/uv pip install --python $(FLOORS)/bin/python --resolution lowest-direct \
		--editable '.[dev]'
	$(FLOORS)/bin/python -m pytest $(ARGS)

screenshots: $(VENV)/installed-dev xvfb ## Take pictures of the client in all its states, to DIR=folder
	PYTHONPATH=.:tests $(BIN)/python tests/gui/screenshots.py $(or $(DIR),build/screenshots)

pictures: $(VENV)/installed-dev xvfb ## Take the README's pictures of the client anew
	PYTHONPATH=.:tests $(BIN)/python tests/gui/readme_screenshots.py docs/screenshots

lint: $(VENV)/installed-dev ## Check style, types and the arrows between the packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean: ## Remove the virtual environment and everything built
	rm -rf $(VENV) $(FLOORS) build dist *.egg-info

CHECK_VERSION := import sys; sys.version_info >= (3, 11) or \
	sys.exit("Python 3.11 or newer is needed; name one, for instance PYTHON=python3.12")

# Debian's Python without python3-venv leaves one without pip behind, which is completed here.
$(VENV)/installed-%: pyproject.toml
	@$(BIN)/python -m pip --version >/dev/null 2>&1 \
	|| { $(PYTHON) -c '$(CHECK_VERSION)' && $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --editable '.[$*]'
	touch $@

# The window tests draw on a virtual screen, and send it keys and mouse moves.
.PHONY: xvfb
xvfb:
	@command -v Xvfb >/dev/null && command -v xdotool >/dev/null \
	|| { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq xvfb xdotool; } \
	|| { echo "The window tests need Xvfb and xdotool: sudo apt-get install xvfb xdotool" >&2; exit 1; }
