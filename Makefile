# make lesson   the main job: the whole lesson on real data, with a report to look at
# make test     the tests;  PYTHON=python3.13 make test  runs them on another Python, in its own .venv-python3.13
# Both make their virtual environment by themselves; it is made again only when pyproject.toml changes.
PYTHON ?= python3
VENV ?= .venv$(if $(filter-out python3,$(PYTHON)),-$(notdir $(PYTHON)))
BIN := $(VENV)/bin
LESSON ?=
TESTS ?=
# make peers   the environments of TensorFlow, JAX and PyTorch, into .peers/ or $TENSORBROOK_PEERS
# make bench   beside them; BENCH="mlp cnn" PEERS=torch choose, BENCH_FLAGS="--write README.md" keeps
BENCH ?=
PEERS ?=
ROUNDS ?= 5
BENCH_FLAGS ?=

.PHONY: lesson test lint types stubs symbols site bench peers clean

lesson: $(VENV)/.lesson
	$(BIN)/tensorbrook lesson $(LESSON)

test: $(VENV)/.test
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 $(TESTS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: stubs
	$(BIN)/pyright --pythonpath $(BIN)/python

# the types that editors see: installing writes them, and this writes them again after a change
stubs: $(VENV)/.dev
	$(BIN)/python stubs/make.py

# docs/symbols.md: what of TensorFlow's public symbols there is; after a name has come
symbols: $(VENV)/.test
	$(BIN)/python docs/symbols.py

# the documentation site, in build/site: a page for every public symbol
site: $(VENV)/.docs
	PYTHONPATH=src $(BIN)/python docs/pages.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

bench: $(VENV)/.test
	$(BIN)/python benchmarks/run.py --only "$(BENCH)" --rounds $(ROUNDS) $(BENCH_FLAGS) \
		$(if $(PEERS),--frameworks "tensorbrook $(PEERS)")

peers: $(VENV)/.test
	$(BIN)/python benchmarks/make_peers.py $(PEERS)

clean:
	rm -rf .venv* .pytest_cache .ruff_cache .hypothesis build dist

# One stamp for each set of extras. The interpreter's own pip is enough: no other tool is asked for.
$(VENV)/.lesson $(VENV)/.test $(VENV)/.dev $(VENV)/.docs: $(VENV)/.%: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	touch $@
