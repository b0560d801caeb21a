-- SPDX-License-Identifier: MIT OR Apache-2.0
--
-- From the top of the repository, once osmemlock is there: luarocks make lua/osmemlock-crypto-scm-1.rockspec
-- It needs the headers of OpenSSL 3.
rockspec_format = "3.0"
package = "osmemlock-crypto"
version = "scm-1"
source = {
    url = ".",
}
description = {
    summary = "HMAC, HKDF, PBKDF2, AES-GCM, ChaCha20-Poly1305 and signatures with keys that never leave locked memory",
    license = "MIT OR Apache-2.0",
}
supported_platforms = { "linux" }
dependencies = {
    "lua >= 5.1, < 5.6",
    "osmemlock",
}
external_dependencies = {
    OPENSSL = {
        header = "openssl/evp.h",
    },
}
build = {
    type = "builtin",
    modules = {
        ["osmemlock.crypto"] = {
            incdirs = { "lua", "$(OPENSSL_INCDIR)" },
            libdirs = { "$(OPENSSL_LIBDIR)" },
            libraries = { "crypto", "dl" },
            sources = {
                "lua/crypto/aead.c", "lua/crypto/call.c", "lua/crypto/form.c", "lua/crypto/heap.c", "lua/crypto/key.c", "lua/crypto/mac.c",
                "lua/crypto/module.c", "lua/crypto/pem.c", "lua/crypto/sign.c",
            },
        },
    },
}
