-- SPDX-License-Identifier: MIT OR Apache-2.0
rockspec_format = "3.0"
package = "osmemlock-crypto"
version = "@VERSION@-1"
source = {
    url = "https://@HOME@/osmemlock-crypto-@VERSION@.tar.gz",
    dir = "osmemlock-crypto-@VERSION@",
}
description = {
    summary = "HMAC, HKDF, PBKDF2, AES-GCM, ChaCha20-Poly1305 and signatures with keys that never leave locked memory",
    homepage = "https://@HOME@",
    license = "MIT OR Apache-2.0",
}
supported_platforms = { "linux" }
dependencies = {
    "lua >= 5.1, < 5.6",
    "osmemlock >= @VERSION@",
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
