# Tiltyard: set up, run, test, check. `make` lists the targets.
#
# Needs Python 3.11 or later with pip, and nothing else: no root, no activated environment.
# Everything that is installed goes to .venv/ and .julia/ in this folder.

PYTHON ?= python3
CORES ?= all
CONFIG ?= config/config.yaml
ARGS ?=

BIN := .venv/bin
# The workflow's jobs and the tests call `tiltyard` and `snakemake` by name.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHON
# What another Python environment sets would be found before what the lock files name.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

# One more than the cores that there are, by quota too: the tests on Slurm mostly wait. Only the
# new .venv knows it.
ROOM := from tiltyard.engine.machine.room import available_room
WORKERS = $(shell $(BIN)/python -c '$(ROOM); print(available_room().cores + 1)')

# In a container a user id may have no name, and a home that is not there or cannot be written.
# Snakemake asks for a name, and it and others for a folder where they may keep what they remember.
LACKING := $(shell test -n "$$LOGNAME$$USER$$LNAME$$USERNAME" || id -un >/dev/null 2>&1 || echo name; \
	cache=$${XDG_CACHE_HOME:-$$HOME/.cache}; \
	while test -n "$$cache" && ! test -e "$$cache"; do cache=$${cache%/*}; done; \
	test -d "$${cache:-/}" && test -w "$${cache:-/}" || echo cache)
ifneq ($(filter name,$(LACKING)),)
export LOGNAME := uid$(shell id -u)
endif
ifneq ($(filter cache,$(LACKING)),)
export XDG_CACHE_HOME := $(CURDIR)/.cache/home
export MPLCONFIGDIR := $(CURDIR)/.cache/home/matplotlib
ifeq ($(HOME),)
export HOME := $(XDG_CACHE_HOME)
endif
endif

# CONFIG for the shell, whatever is in the name.
STUDY := '$(subst ','\'',$(CONFIG))'

# Says one sentence about the target that failed.
say = printf 'make $@: %s\n' >&2

.DEFAULT_GOAL := help
.PHONY: help study pilot test test-estimator test-kernels test-slow test-peers peers-alleles peers-reads peers-sequences peers-spatial peers-torch test-torch peers-jax test-jax bench-alleles bench-reads bench-reads-loader bench-sequences bench-spatial bench-spatial-peers check format bench bench-differentiate docs published suite site pictures environment image julia lock clean distclean

help: ## List the targets
	@echo "Tiltyard: make TARGET, where TARGET is one of"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-22s%s\n", $$1, $$2 }'
	@echo "Settings, with their defaults: CORES=all, CONFIG=config/config.yaml (the study),"
	@echo "PYTHON=python3 (for a new .venv), ARGS= (more options for snakemake or pytest)"

study: settings ## Set up what the study needs, and run it on all cores; again after a failure, it goes on
	@.ci/setup $(STUDY)
	@$(call engines,--compile --config $(STUDY))
	@$(call snakemake,$(STUDY))

pilot: settings ## The same with a study of seconds; compiles nothing beforehand
	@.ci/setup config/pilot.yaml
	@$(call engines,--config config/pilot.yaml)
	@$(call snakemake,config/pilot.yaml)

# What can be seen of the settings before anything is installed. What the file says is checked by
# `tiltyard julia --config`, before there is a Julia and before anything is compiled.
READ_CONFIG := $(firstword $(filter study bench pictures,$(MAKECMDGOALS)))
.PHONY: settings
settings:
ifneq ($(READ_CONFIG),)
	@test -f $(STUDY) && test -r $(STUDY) || { printf 'make %s: %s\n' >&2 "$(READ_CONFIG)" "there is \
	no file "$(STUDY)" that can be read. There are:$(patsubst %, %,$(wildcard config/*.yaml)). Say \
	which: make $(READ_CONFIG) CONFIG=config/mine.yaml."; exit 1; }
endif
	@printf '%s\n' '$(subst ','\'',$(CORES))' | grep -qxE 'all|[1-9][0-9]*' || { printf 'make %s\n' >&2 \
	'CORES=$(subst ','\'',$(CORES)): it is a number from 1, or all.'; exit 1; }

# A Julia where the study takes one; with --compile, its estimators compiled once for all jobs.
engines = $(BIN)/tiltyard julia --install $(1) || { $(say) "stopped; the reason is above. If it is \
	Julia, name one with TILTYARD_JULIA=/path/to/julia, or do without: julia: off in the configuration."; \
	exit 1; }

# A run that was killed leaves its lock, in the folder that --directory names.
snakemake = echo '==>' snakemake --cores $(CORES) --configfile $(1) $(ARGS); \
	$(BIN)/snakemake --cores $(CORES) --configfile $(1) --rerun-incomplete $(ARGS) || { \
	set -- $(ARGS); folder=.; \
	while test $$\# != 0; do case $$1 in -d | --directory) folder=$$2 ;; \
		--directory=*) folder=$${1\#*=} ;; esac; shift; done; \
	if test -n "$$(ls -A "$$folder/.snakemake/locks" 2>/dev/null)"; then \
	$(say) "the folder is locked: another run is at work in it, or one was killed. If there is \
	none, unlock it: $(BIN)/snakemake --unlock$$(test "$$folder" = . || echo " --directory $$folder"). \
	What was evaluated is kept: run the same command again to go on."; \
	else $(say) "the study stopped; the reason is above. What was evaluated is kept: run the same \
	command again to go on."; fi; exit 1; }

test: image tests ## Set everything up, and run every test

# Alone, while another process compiles the image. tests/conftest.py says what goes together.
.PHONY: tests
tests: environment
	@echo "==> tests"
	@$(BIN)/pytest --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder $(ARGS) || \
		{ $(say) "a test failed; it is named above."; exit 1; }

ESTIMATORS := tests/studies/derivatives/estimators
test-estimator: environment ## Only the tests of one estimator, in each of its languages: NAME=whittaker
	@test -n "$(NAME)" || { $(say) "say which: NAME=whittaker, say."; exit 1; }
	@$(BIN)/pytest --quiet -k "$(NAME)" $(ARGS) $(ESTIMATORS)/test_conformance.py \
		$$(find $(ESTIMATORS) -name 'test_$(NAME)*.py') || \
		{ $(say) "a test failed, which is named above, or no estimator is called $(NAME)."; exit 1; }
	@if grep -rqs "$(NAME)" julia/src/estimators; then \
		julia=$$($(BIN)/tiltyard julia --print-command) && \
		eval "$$julia --project=julia julia/test/runtests.jl $(NAME)" || \
		{ $(say) "a test in Julia failed; it is named above."; exit 1; }; fi

KERNEL_TESTS := tests/studies/derivatives/julia/test_runtime.py \
	tests/studies/derivatives/estimators/test_conformance.py \
	tests/studies/derivatives/estimators/test_languages_agree.py \
	tests/studies/derivatives/estimators/test_kernels.py

test-kernels: image ## Both languages' estimators, under each BLAS kernel of this processor (slow)
	@status=0; kernels=$$($(BIN)/python tests/kernels.py); \
	test -n "$$kernels" || { $(say) "tests/kernels.py knows no kernel of this processor."; exit 1; }; \
	for kernel in $$kernels; do \
		echo "==> Kernel $$kernel"; export OPENBLAS_CORETYPE=$$kernel; \
		julia=$$($(BIN)/tiltyard julia --print-command) && \
		eval "$$julia --project=julia julia/test/runtests.jl" || status=1; \
		$(BIN)/pytest --numprocesses auto --dist loadscope $(KERNEL_TESTS) $(ARGS) \
			|| status=1; \
	done; \
	test $$status = 0 || { $(say) "a test failed under the kernel named above it."; exit 1; }

test-slow: environment ## Conformance of the estimators tagged slow, and published figures (ten minutes)
	@$(BIN)/pytest --numprocesses auto -m slow $(ARGS)

CHECKS := check-ruff check-format check-mypy check-imports check-snakefmt check-workflow check-site check-files
.PHONY: $(CHECKS)
peers-alleles: environment ## Only .venv-peers: programs of others that count alleles
	@.ci/peers/install alleles && .ci/peers/install py-gbcms || \
		{ $(say) "the reason is above."; exit 1; }

peers-reads: environment ## Only .venv-peers: libraries and programs of others that read reads
	@.ci/peers/install reads && .ci/peers/unpack reads || { $(say) "the reason is above."; exit 1; }

peers-sequences: environment ## Only .venv-peers: libraries and programs of others that read and embed sequences
	@.ci/peers/install sequences && .ci/peers/unpack sequences || \
		{ $(say) "the reason is above."; exit 1; }

peers-spatial: environment ## Only .venv-peers: programs of others that score genes of spots (2 GB)
	@.ci/peers/install spatial && .ci/peers/install gsmap || { $(say) "the reason is above."; exit 1; }

test-peers: peers-alleles peers-reads peers-sequences peers-spatial ## Compare with those programs (needs samtools and bcftools; eight CPU minutes)
	@$(BIN)/pytest -m peers --capture=no tests/pipelines/alleles tests/pipelines/reads \
		tests/pipelines/sequences tests/pipelines/spatial $(ARGS) || \
		{ $(say) "a test failed; it is named above."; exit 1; }

peers-torch: environment ## Only .venv-peers/torch: torch beside what .venv has (200 MB, for a GPU 5 GB)
	@.ci/peers/install torch || { $(say) "the reason is above."; exit 1; }

test-torch: peers-torch ## Test streams of reads in torch's DataLoader (one CPU minute)
	@.venv-peers/torch/bin/python -m pytest -m peers tests/pipelines/reads/test_torch_loader.py \
		tests/pipelines/reads/benchmark/test_loading_strategies.py $(ARGS) || \
		{ $(say) "a test failed; it is named above."; exit 1; }

peers-jax: environment ## Only .venv-peers/jax: jax beside what .venv has (100 MB)
	@.ci/peers/install jax || { $(say) "the reason is above."; exit 1; }

test-jax: peers-jax ## Test the ways of jax that score genes and regress traits (one CPU minute)
	@.venv-peers/jax/bin/python -m pytest -m peers tests/pipelines/spatial/test_jax_way.py \
		tests/pipelines/spatial/test_specificity_ways.py \
		tests/pipelines/spatial/test_regression_ways.py $(ARGS) || \
		{ $(say) "a test failed; it is named above."; exit 1; }

check: $(filter-out $(LEAVE_OUT),$(CHECKS)) ## Lint, formatting and types of all code, and what no file may hold

check-ruff: environment
	@echo "==> ruff check"
	@$(BIN)/ruff check --quiet || { $(say) "see above; 'make format' mends some of it."; exit 1; }

check-format: environment
	@echo "==> ruff format --check"
	@$(BIN)/ruff format --quiet --check || { $(say) "run 'make format'."; exit 1; }

check-mypy: environment
	@echo "==> mypy"
	@$(BIN)/mypy --no-error-summary || { $(say) "the types above do not fit."; exit 1; }

check-imports: environment
	@echo "==> lint-imports"
	@said=$$($(BIN)/lint-imports --no-cache) || { echo "$$said"; \
		$(say) "a room imports one that it must not: see above, and .importlinter."; exit 1; }

check-snakefmt: environment
	@echo "==> snakefmt --check"
	@$(BIN)/snakefmt --check Snakefile workflow || { $(say) "run 'make format'."; exit 1; }

check-workflow: julia
	@echo "==> snakemake --lint"
	@$(BIN)/snakemake --lint || { $(say) "the workflow has the faults above."; exit 1; }

check-site: environment
	@echo "==> mkdocs build --strict"
	@$(mkdocs) || { $(say) "a page of the site has the faults above."; exit 1; }

check-files: environment
	@echo "==> guard"
	@$(BIN)/python .ci/guard.py || { $(say) "the files above must be mended."; exit 1; }

format: environment ## Format Python and workflow files, and mend what ruff can
	@$(BIN)/ruff check --fix --quiet --exit-zero
	@$(BIN)/ruff format
	@$(BIN)/snakefmt Snakefile workflow

bench: settings ## Run a fresh copy of the default study, and print where the time went
	@.ci/setup $(STUDY)
	@$(call engines,--compile --config $(STUDY))
	@$(BIN)/tiltyard bench --config $(STUDY) $(ARGS) || \
		{ $(say) "the benchmark did not finish; the reason is above."; exit 1; }

bench-alleles: settings ## Measure how fast alleles are counted, and write docs/alleles-speed.md's tables
	@.ci/setup config/alleles_bench.yaml
	@$(call snakemake,config/alleles_bench.yaml)
	@if test -x .venv-peers/alleles/bin/gbcms && test -x .venv-peers/py-gbcms/bin/gbcms; then \
		$(call snakemake,config/alleles_peers.yaml); \
	else echo "==> Without gbcms, which make peers-alleles installs"; fi
	@$(BIN)/python docs/generate/alleles_speed.py || \
		{ $(say) "the tables were not written; the reason is above."; exit 1; }

bench-reads: peers-reads ## Measure how fast reads are read, filtered, encoded, and write docs/reads.md's figures
	@$(BIN)/python docs/generate/reads_speed.py $(ARGS) || \
		{ $(say) "the figures were not written; the reason is above."; exit 1; }

bench-reads-loader: peers-torch ## Measure how models are fed with reads, and write docs/reads.md's tables
	@.venv-peers/torch/bin/python docs/generate/reads_loading.py $(ARGS) || \
		{ $(say) "the tables were not written; the reason is above."; exit 1; }

bench-sequences: peers-sequences ## Measure how fast sequences are read and embedded, and write docs/sequences-speed.md
	@$(BIN)/python docs/generate/sequences_speed.py $(ARGS) || \
		{ $(say) "the tables were not written; the reason is above."; exit 1; }

bench-spatial: environment ## Measure how fast spots are scored and regressed, and write docs/spatial.md's figures
	@$(BIN)/python docs/generate/spatial_speed.py $(ARGS) || \
		{ $(say) "the figures were not written; the reason is above."; exit 1; }

bench-spatial-peers: peers-spatial ## Measure gene specificity beside others, and a guide's claims, for docs/spatial.md
	@$(BIN)/python docs/generate/spatial_peers.py $(ARGS) && \
	$(BIN)/python docs/generate/spatial_guide.py || \
		{ $(say) "the tables were not written; the reason is above."; exit 1; }

bench-differentiate: environment ## Measure how long people's data take, and write docs/differentiate.md's times
	@$(BIN)/python docs/generate/differentiate_speed.py $(ARGS) || \
		{ $(say) "the times were not written; the reason is above."; exit 1; }

environment: settings ## Only .venv, with everything that requirements/ locks
	@.ci/setup

julia: environment ## Only .venv and a Julia that passes its self-test
	@$(call engines,)

image: environment ## Compile Julia's estimators once, so that no job does (needs a C compiler)
	@$(call engines,--compile)
	@$(catalogue)

# Remembered: no study waits for it, nor the tests, of which there is one for each estimator.
catalogue = $(BIN)/tiltyard methods --config config/config.yaml --format json >/dev/null
.PHONY: catalogue
catalogue: julia
	@$(catalogue)

docs: julia ## Write docs/estimators.md anew from the catalogue
	@$(BIN)/tiltyard methods --format markdown > docs/estimators.md.new && \
		mv docs/estimators.md.new docs/estimators.md || \
		{ rm -f docs/estimators.md.new; $(say) "the catalogue could not be read."; exit 1; }

# The variable silences an announcement of another version of MkDocs.
mkdocs = NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

published: settings ## Measure a published table anew, and write docs/published-figures.md's
	@.ci/setup config/published.yaml
	@$(call snakemake,config/published.yaml)
	@$(BIN)/python docs/generate/published_figures.py || \
		{ $(say) "the table was not written; the reason is above."; exit 1; }

suite: settings ## Run the suite (a day of one core) and its part with all estimators, and write docs/suite.md's tables
	@.ci/setup config/suite.yaml
	@$(call engines,--compile --config config/suite.yaml)
	@$(call snakemake,config/suite.yaml)
	@$(call snakemake,config/suite_101.yaml)
	@$(BIN)/python docs/generate/suite.py || \
		{ $(say) "the tables were not written; the reason is above."; exit 1; }

site: environment ## Build the documentation's pages into site/
	@$(mkdocs) || { $(say) "the pages were not built; the reason is above."; exit 1; }
	@echo "open site/index.html, or, for the search: python3 -m http.server --directory site"

pictures: environment ## Draw docs/pictures/ and README's figures anew, from the finished default study
	@$(BIN)/python docs/generate/differentiate.py && \
	$(BIN)/python docs/generate/spatial_pictures.py && \
	$(BIN)/tiltyard figure --config $(STUDY) --only heatmap --only reach --into docs/pictures \
		--kind png && \
	$(BIN)/python docs/generate/rooms.py && $(BIN)/python docs/generate/readme.py && \
	$(BIN)/tiltyard page --config $(STUDY) --picture docs/pictures/page.png || \
	{ $(say) "run the study first: make study; the page needs a Chromium too."; exit 1; }

lock: environment ## Write the lock files anew from pyproject.toml (ARGS=--upgrade: newest versions)
	@.ci/lock $(ARGS) || { $(say) "the lock files stay as they were; the reason is above."; exit 1; }

clean: ## Remove caches and build leftovers; never results, .venv or .julia
	@rm -rf build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis python/*.egg-info
	@find python tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## Remove .venv and .julia too; never results
	@rm -rf .venv .venv.lock .venv.being-made .julia .cache
