# The only door for people and CI. What each verb does stands in tools/; this file only names them.
# A fresh machine needs Python 3.11+ with venv, and make; nothing else.

PYTHON ?= python3
TOOL = $(PYTHON) tools/make.py

.DEFAULT_GOAL := help
.PHONY: setup run demo test check fix bench soak mutants docs help

setup:   ## make .venv: locked dependencies, the web UI, the otklik command
	@$(TOOL) setup
run:     ## start a centre in ./.otklik (OTKLIK_HOME and OTKLIK_PORT choose another)
	@$(TOOL) run
demo:    ## start a living centre with robot agents and customers in ./.otklik-demo
	@$(TOOL) demo
test:    ## everything that must hold before a change lands
	@$(TOOL) test
check:   ## the quick part of it: format, lint, types, floors, fast tests, the web UI's own
	@$(TOOL) check
fix:     ## format, and repair what the linters can repair
	@$(TOOL) fix
bench:   ## measure speed, always as a ratio against a peer in the same run
	@$(TOOL) bench
soak:    ## the long tests; the report goes to docs/soak/
	@$(TOOL) soak
mutants: ## plant flaws in the engine and change its source; tests must notice; branches they reach
	@$(TOOL) mutants
docs:    ## make the generated documents anew
	@$(TOOL) docs
help:    ## these words
	@$(TOOL) help
