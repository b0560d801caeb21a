/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the files of the module osmemlock.crypto share. It is linked with libcrypto, and reaches buffers through ../osmemlock_lua.h. */
#ifndef OSMEMLOCK_LUA_CRYPTO_H
#define OSMEMLOCK_LUA_CRYPTO_H

#include "osmemlock_lua.h"

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

typedef struct evp_md_st EVP_MD;
typedef struct evp_pkey_st EVP_PKEY;

struct bytes {
	const unsigned char *data;
	size_t len;
	osmemlock_lua_view view; /* pinned while its data is not NULL */
};

/*
 * One call of a function: what it takes, pinned together, and the buffer that it makes. While anything is pinned nothing may raise an error, so a
 * function first checks its arguments, then lets call_begin() pin, computes in C, and lets call_end() give back.
 */
struct call {
	lua_State *L;
	const struct osmemlock_lua_handover *osmemlock;
	struct bytes in[5]; /* by argument, from argument 1 on */
	osmemlock_lua_view out;
};
#define ARGUMENT(c, arg) ((c)->in[(arg)-1])

/* From call.c */
void call_open(struct call *c, lua_State *L);
void call_secret(struct call *c, int arg);   /* a buffer, and nothing else */
void call_bytes(struct call *c, int arg);    /* a string or a buffer */
void call_optional(struct call *c, int arg); /* that, or nil for none */
#define NO_RESULT ((size_t)-1)
size_t call_length(struct call *c, int arg);   /* of such a one, before anything is pinned */
int call_begin(struct call *c, size_t result); /* pins, and pushes a buffer of that length to write to; else what to return */
int call_end(struct call *c);                  /* gives back; raises an error when something was closed meanwhile */

size_t check_size(lua_State *L, int arg, size_t least, size_t most);
int check_word(lua_State *L, int arg, const char *const words[]); /* which of them it is; NULL ends them */
const EVP_MD *check_digest(lua_State *L, int arg);

/* The library failed: nil, its message, "OPENSSL". Nothing is left in its queue of errors, which the host may look at for its own connections. */
int openssl_failed(struct call *c, const char *what);

/* From form.c: what may be public is a string in a form, "raw", "hex", "base64", "base64url" or, of a signature by ECDSA, "der". */
enum form { RAW, HEX, BASE64, BASE64URL, DER, SECRET };
enum form check_form(lua_State *L, int arg, enum form without);
int push_form(lua_State *L, const unsigned char *bytes, size_t len, enum form form);
size_t decode_form(unsigned char *out, size_t size, const unsigned char *text, size_t len,
                   enum form form); /* its length; more than `size`: it is none */

/* From pem.c: pushes the DER as a buffer, the fifth value on the stack. */
enum key_format { PKCS8, SEC1, PKCS1, NO_KEY };
enum key_format pem_push_der(lua_State *L, int arg);

/* From key.c: NULL when it is no key, or one of a kind that is not known. */
EVP_PKEY *key_from_der(struct call *c, const unsigned char *bytes, size_t len, enum key_format format);

/* From mac.c, aead.c, sign.c, heap.c */
int crypto_digest(lua_State *L);
int crypto_hmac(lua_State *L);
int crypto_hmac_verify(lua_State *L);
int crypto_hkdf(lua_State *L);
int crypto_pbkdf2(lua_State *L);
int crypto_seal(lua_State *L);
int crypto_open(lua_State *L);
int crypto_sign(lua_State *L);
int crypto_lock_allocations(lua_State *L);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#endif
