# SPDX-License-Identifier: MIT OR Apache-2.0
# luarocks gives the variables; by hand: make LUA_INCDIR=/usr/include/lua5.4, and make install LIBDIR=/usr/local/lib/lua/5.4
CC = cc
CFLAGS = -O2 -fPIC
LIBFLAG = -shared
sources = $(wildcard *.c)

# A call that is bound late spills registers, and with them a secret, to the stack.
crypto.so: $(sources) $(wildcard *.h) Makefile
	@command -v $(CC) >/dev/null || { echo "osmemlock-crypto: a C compiler is needed: $(CC) was not found" >&2; exit 1; }
	@test -f "$(LUA_INCDIR)/lua.h" || { echo "osmemlock-crypto: there is no lua.h in \"$(LUA_INCDIR)\"; on Debian it is in liblua5.4-dev" >&2; exit 1; }
	$(CC) $(CFLAGS) -fvisibility=hidden -fno-plt -I. "-I$(LUA_INCDIR)" $(LIBFLAG) -o $@ $(sources) -lcrypto -ldl -Wl,-z,now -Wl,-z,relro

install: crypto.so
	@test -n "$(LIBDIR)" || { echo "osmemlock-crypto: where to? make install LIBDIR=FOLDER, one of Lua's package.cpath" >&2; exit 1; }
	install -d "$(LIBDIR)/osmemlock"
	install -m 755 crypto.so "$(LIBDIR)/osmemlock"
