# Two commands do it all: `make demo` and `make test`. Everything is installed into .venv by the first of them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test check bench bubblewrap clean

# glibc keeps freed memory, in large pages: a tenth more tokens a second in training, and no effect elsewhere.
demo: export GLIBC_TUNABLES := glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=4294967296:glibc.malloc.top_pad=67108864
demo: $(INSTALLED)
	$(BIN)/stillroom demo

test: $(INSTALLED) bubblewrap
	$(BIN)/pytest

# What isolates full CPython, for code that needs numpy or sympy; everything else does without.
bubblewrap:
	@command -v bwrap >/dev/null || apt-get install --yes --quiet bubblewrap \
	  || { apt-get update --quiet && apt-get install --yes --quiet bubblewrap; } \
	  || { echo "make test needs bubblewrap: install it with your system's packages (Debian: apt install bubblewrap)"; exit 1; }

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(INSTALLED)
	$(BIN)/python benchmarks/bench_tools.py
	$(BIN)/python benchmarks/bench_runtime.py

# torch comes first and pinned: any later request is then already satisfied, and no second build is downloaded.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info src/*.egg-info .mypy_cache .ruff_cache .pytest_cache
