# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Names for the scripts in Scripts/, which hold the work.

PREFIX ?= /usr/local
LIBDIR ?= lib
export PREFIX LIBDIR DESTDIR

# Swift keeps caches at home, where build daemons have none.
ifneq ($(shell test -w "$$HOME" || echo none),)
export HOME := $(CURDIR)/.build/home
$(shell mkdir -p "$(HOME)")
endif

.PHONY: help demo test hostile fuzz soak bench lint build library gir docs install install-built uninstall clean

help:
	@echo 'make demo       run unmodified GIO programs on the provider and tell what happens'
	@echo 'make test       run every test; the last line counts them'
	@echo 'make hostile    put the library through the fault matrix of a hostile network, and print it as a table'
	@echo 'make fuzz       fuzz each target for SECONDS=60, under the address sanitizer'
	@echo 'make soak       keep associations busy for MINUTES=10, and look for what grows or stalls'
	@echo 'make bench      compare with bare OpenSSL and the installed providers'
	@echo 'make lint       check format, headers, lengths and imports'
	@echo 'make build      make a release build: the library, the GIO module, and the command gdtls'
	@echo 'make library    the same without the command, which takes the network the first time'
	@echo 'make gir        scan the header anew into gir/GDtlsSwift-1.0.gir'
	@echo 'make docs       build the site of the API and the guides into build/docs'
	@echo 'make install    build and install into PREFIX ($(PREFIX)), libraries into LIBDIR ($(LIBDIR)); DESTDIR as usual'
	@echo 'make install-built  install what is built, which needs no Swift; may be run by sudo'
	@echo 'make uninstall  take away what install put there'
	@echo 'make clean      delete everything built'

demo:
	Scripts/setup.sh demo
	Scripts/demo.sh

test:
	Scripts/test.sh

hostile:
	Scripts/setup.sh
	Scripts/hostile.sh

fuzz:
	Scripts/fuzz.sh $(or $(SECONDS),60)

soak:
	Scripts/stress.sh release soak --seconds $$(($(or $(MINUTES),10) * 60))

bench:
	Scripts/bench.sh

lint:
	Scripts/lint.sh

build: library
	Scripts/build-command.sh

library:
	@Scripts/setup.sh build
	swift build -c release --disable-local-rpath

gir:
	Scripts/stage.sh
	gir/scan.sh build/root/lib gir/GDtlsSwift-1.0.gir

docs:
	Scripts/docs.sh

install: build install-built

install-built:
	Scripts/install.sh install

uninstall:
	Scripts/install.sh uninstall

clean:
	rm -rf .build build
