# Every target sets up what it needs: Python 3.11+ and make are enough.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --quiet

.PHONY: setup demo test conformance lint soak simulate mutants bench clean

setup: .venv/.ready

.uv/bin/uv:
	python3 -m venv .uv
	.uv/bin/pip install --quiet uv

.venv/.ready: $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv) pyproject.toml uv.lock
	$(UV) sync --quiet --all-extras
	touch $@

demo: setup
	$(RUN) accord demo $(ARGS)

# All but the real Redmine, the real RT and files of 100 MB, which take minutes: `make conformance TRACKER=redmine`,
# `TRACKER=rt`.
test: setup
	$(RUN) pytest -n 2 -m "not large" --ignore=tests/trackers/redmine --ignore=tests/testing/test_redmine.py \
		--ignore=tests/trackers/rt --ignore=tests/testing/test_rt.py $(ARGS)

# The checks that every connector passes, and the connector's own tests, on the real tracker. Installs Redmine or RT
# (Debian, as root) where it is missing, and fails where it can't.
TRACKER ?= roundup
conformance: setup
	ACCORD_REQUIRE_REDMINE=1 ACCORD_REQUIRE_RT=1 $(RUN) pytest -n 2 tests/trackers/$(TRACKER) \
		$(wildcard tests/testing/test_$(TRACKER).py) $(ARGS)

lint: setup
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports

PAIR ?= roundup-markdown
EDITS ?= 500
KILLS ?= 20
SEED ?= $(shell date +%s)
soak: setup
	$(RUN) python -m tests.soak --pair $(PAIR) --edits $(EDITS) --kills $(KILLS) --seed $(SEED)

STEPS ?= 20000
simulate: setup
	$(RUN) python -m tests.simulation --steps $(STEPS) --seed $(SEED)

mutants: setup
	$(RUN) python -m tests.simulation.mutating

# What rules cost, as a table; `make bench ARGS=--json` for machines.
bench: setup
	$(RUN) python bench/rules.py $(ARGS)

clean:
	rm -rf .venv .uv .pytest_cache .mypy_cache .ruff_cache
