-- SPDX-License-Identifier: MIT OR Apache-2.0
rockspec_format = "3.0"
package = "osmemlock"
version = "@VERSION@-1"
source = {
    url = "https://@HOME@/osmemlock-@VERSION@.tar.gz",
    dir = "osmemlock-@VERSION@",
}
description = {
    summary = "Secrets in locked memory: out of swap, core dumps and forked children, and wiped",
    homepage = "https://@HOME@",
    license = "MIT OR Apache-2.0",
}
supported_platforms = { "linux" }
dependencies = {
    "lua >= 5.1, < 5.6",
}
build = {
    type = "make",
    build_variables = {
        CC = "$(CC)",
        CFLAGS = "$(CFLAGS)",
        LIBFLAG = "$(LIBFLAG)",
        LUA_INCDIR = "$(LUA_INCDIR)",
    },
    install_variables = {
        LIBDIR = "$(LIBDIR)",
    },
}
