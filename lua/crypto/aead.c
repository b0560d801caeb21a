/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Authenticated encryption. What is sealed is public: the ciphertext, and behind it the tag. */
#include "common.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#define NONCE 12
#define TAG   16

enum { CIPHER = 1, KEY, IV, TEXT, AAD };

static const EVP_CIPHER *cipher_for(struct call *c)
{
	static const char *const names[] = { "aes-gcm", "chacha20-poly1305", NULL };
	size_t len = ARGUMENT(c, KEY).len;
	if (check_word(c->L, CIPHER, names) == 1)
		return len == 32 ? EVP_chacha20_poly1305() : NULL;
	return len == 16 ? EVP_aes_128_gcm() : len == 24 ? EVP_aes_192_gcm() : len == 32 ? EVP_aes_256_gcm() : NULL;
}

static EVP_CIPHER_CTX *keyed(struct call *c, const EVP_CIPHER *cipher, const unsigned char *nonce, int sealing)
{
	int n;
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	const struct bytes *aad = &ARGUMENT(c, AAD);
	if (context && EVP_CipherInit_ex2(context, cipher, ARGUMENT(c, KEY).data, nonce, sealing, NULL) == 1 &&
	    (aad->len == 0 || EVP_CipherUpdate(context, NULL, &n, aad->data, (int)aad->len) == 1))
		return context;
	EVP_CIPHER_CTX_free(context);
	return NULL;
}

static int sealed(struct call *c, const EVP_CIPHER *cipher, const unsigned char *nonce, unsigned char *out)
{
	int n = 0, last = 0, len = (int)ARGUMENT(c, TEXT).len;
	EVP_CIPHER_CTX *context = keyed(c, cipher, nonce, 1);
	int done = context && (len == 0 || EVP_EncryptUpdate(context, out, &n, ARGUMENT(c, TEXT).data, len) == 1) &&
	           EVP_EncryptFinal_ex(context, out + n, &last) == 1 &&
	           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG, out + len) == 1;
	EVP_CIPHER_CTX_free(context);
	return done;
}

/* 1, 0: not authentic, -1: libcrypto failed. What is not authentic is not given out. */
static int opened(struct call *c, const EVP_CIPHER *cipher)
{
	int n = 0, last = 0, len = (int)(ARGUMENT(c, TEXT).len - TAG), rc = -1;
	const unsigned char *in = ARGUMENT(c, TEXT).data;
	EVP_CIPHER_CTX *context = keyed(c, cipher, ARGUMENT(c, IV).data, 0);
	unsigned char *out = c->out.data;
	if (context && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG, (void *)(in + len)) == 1 &&
	    (len == 0 || EVP_DecryptUpdate(context, out, &n, in, len) == 1))
		rc = EVP_DecryptFinal_ex(context, out + n, &last) == 1;
	EVP_CIPHER_CTX_free(context);
	if (rc != 1)
		OPENSSL_cleanse(out, (size_t)len);
	return rc;
}

static void check_lengths(struct call *c, int arg_of_key)
{
	luaL_argcheck(c->L, cipher_for(c) != NULL, arg_of_key, "no key of this cipher has that length");
	luaL_argcheck(c->L, lua_isnoneornil(c->L, IV) || call_length(c, IV) == NONCE, IV, "a nonce has 12 bytes");
	luaL_argcheck(c->L, call_length(c, TEXT) <= INT_MAX - TAG, TEXT, "too long");
	luaL_argcheck(c->L, lua_isnoneornil(c->L, AAD) || call_length(c, AAD) <= INT_MAX, AAD, "too long");
}

/*
 * seal(cipher, key, nonce, plaintext[, aad]): the ciphertext with its tag, and the nonce, both strings. Without a nonce (nil) a random one is made. The
 * same nonce must never be used twice with a key.
 */
int crypto_seal(lua_State *L)
{
	struct call c;
	unsigned char nonce[NONCE];
	lua_settop(L, 5);
	call_open(&c, L);
	call_secret(&c, KEY);
	call_optional(&c, IV);
	call_secret(&c, TEXT);
	call_optional(&c, AAD);
	ARGUMENT(&c, KEY).len = call_length(&c, KEY);
	const EVP_CIPHER *cipher = cipher_for(&c);
	check_lengths(&c, KEY);
	size_t len = call_length(&c, TEXT) + TAG;
	unsigned char *out = lua_newuserdata(L, len);
	call_begin(&c, NO_RESULT);
	int random = !ARGUMENT(&c, IV).data;
	if (!random)
		memcpy(nonce, ARGUMENT(&c, IV).data, NONCE);
	if ((random && RAND_bytes(nonce, NONCE) != 1) || !sealed(&c, cipher, nonce, out))
		return openssl_failed(&c, "seal");
	call_end(&c);
	lua_pushlstring(L, (const char *)out, len);
	lua_pushlstring(L, (const char *)nonce, NONCE);
	return 2;
}

static int not_authentic(lua_State *L)
{
	lua_pushnil(L);
	lua_pushliteral(L, "open: not sealed with this key, nonce and additional data, or changed since");
	lua_pushliteral(L, "FORGED");
	return 3;
}

/* open(cipher, key, nonce, sealed[, aad]): a buffer, or nil, a message, "FORGED". */
int crypto_open(lua_State *L)
{
	struct call c;
	lua_settop(L, 5);
	call_open(&c, L);
	call_secret(&c, KEY);
	call_bytes(&c, IV);
	call_bytes(&c, TEXT);
	call_optional(&c, AAD);
	ARGUMENT(&c, KEY).len = call_length(&c, KEY);
	const EVP_CIPHER *cipher = cipher_for(&c);
	check_lengths(&c, KEY);
	size_t len = call_length(&c, TEXT);
	if (len < TAG)
		return not_authentic(L);
	int values = call_begin(&c, len - TAG);
	if (values != 0)
		return values;
	int rc = opened(&c, cipher);
	if (rc < 0)
		return openssl_failed(&c, "open");
	call_end(&c);
	return rc == 1 ? 1 : not_authentic(L);
}
