/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Digests, HMAC, and the keys that are derived by it. */
#include "common.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

static enum form check_text_form(lua_State *L, int arg, enum form by_default)
{
	enum form form = check_form(L, arg, by_default);
	luaL_argcheck(L, form != DER, arg, "only a signature can be in that form");
	return form;
}

/* digest(digest, message[, form]): a buffer, because what it is of may be secret, or a string in that form. */
int crypto_digest(lua_State *L)
{
	struct call c;
	unsigned char result[EVP_MAX_MD_SIZE];
	call_open(&c, L);
	const EVP_MD *digest = check_digest(L, 1);
	size_t len = (size_t)EVP_MD_get_size(digest);
	enum form form = check_text_form(L, 3, SECRET);
	call_bytes(&c, 2);
	lua_settop(L, 2);
	int values = call_begin(&c, form == SECRET ? len : NO_RESULT);
	if (values != 0)
		return values;
	if (EVP_Digest(ARGUMENT(&c, 2).data, ARGUMENT(&c, 2).len, form == SECRET ? c.out.data : result, NULL, digest, NULL) != 1)
		return openssl_failed(&c, "digest");
	call_end(&c);
	return form == SECRET ? 1 : push_form(L, result, len, form);
}

static int compute(struct call *c, const EVP_MD *digest, unsigned char *mac)
{
	const struct bytes *key = &ARGUMENT(c, 2), *message = &ARGUMENT(c, 3);
	return key->len <= INT_MAX && HMAC(digest, key->data, (int)key->len, message->data, message->len, mac, NULL) != NULL;
}

/* hmac(digest, key, message[, form]): a buffer, because a MAC may be a key in its turn, or a string in that form. */
int crypto_hmac(lua_State *L)
{
	struct call c;
	unsigned char mac[EVP_MAX_MD_SIZE];
	call_open(&c, L);
	const EVP_MD *digest = check_digest(L, 1);
	size_t len = (size_t)EVP_MD_get_size(digest);
	enum form form = check_text_form(L, 4, SECRET);
	call_secret(&c, 2);
	call_bytes(&c, 3);
	lua_settop(L, 3);
	int values = call_begin(&c, form == SECRET ? len : NO_RESULT);
	if (values != 0)
		return values;
	if (!compute(&c, digest, form == SECRET ? c.out.data : mac))
		return openssl_failed(&c, "hmac");
	call_end(&c);
	return form == SECRET ? 1 : push_form(L, mac, len, form);
}

/* hmac_verify(digest, key, message, tag[, form]): whether the tag is right, compared in constant time. What cannot be one is wrong, and no error. */
int crypto_hmac_verify(lua_State *L)
{
	struct call c;
	unsigned char mac[EVP_MAX_MD_SIZE], told[EVP_MAX_MD_SIZE] = { 0 };
	call_open(&c, L);
	const EVP_MD *digest = check_digest(L, 1);
	size_t len = (size_t)EVP_MD_get_size(digest);
	enum form form = check_text_form(L, 5, RAW);
	call_secret(&c, 2);
	call_bytes(&c, 3);
	call_bytes(&c, 4);
	lua_settop(L, 4);
	call_begin(&c, NO_RESULT);
	int known = compute(&c, digest, mac);
	size_t got = decode_form(told, sizeof told, ARGUMENT(&c, 4).data, ARGUMENT(&c, 4).len, form);
	int same = known && got == len && CRYPTO_memcmp(mac, told, len) == 0;
	OPENSSL_cleanse(mac, sizeof mac);
	if (!known)
		return openssl_failed(&c, "hmac");
	call_end(&c);
	lua_pushboolean(L, same);
	return 1;
}

/* An absent one must not be told at all. */
static void add(OSSL_PARAM **next, const char *name, const struct bytes *in)
{
	if (in->len > 0)
		*(*next)++ = OSSL_PARAM_construct_octet_string(name, (void *)in->data, in->len);
}

static int derive(struct call *c, const EVP_MD *digest)
{
	OSSL_PARAM parameters[5], *next = parameters;
	*next++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)EVP_MD_get0_name(digest), 0);
	add(&next, OSSL_KDF_PARAM_KEY, &ARGUMENT(c, 2));
	add(&next, OSSL_KDF_PARAM_SALT, &ARGUMENT(c, 4));
	add(&next, OSSL_KDF_PARAM_INFO, &ARGUMENT(c, 5));
	*next = OSSL_PARAM_construct_end();
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
	int done = context && EVP_KDF_derive(context, c->out.data, c->out.len, parameters) == 1;
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
	return done;
}

/* hkdf(digest, key, length[, salt[, info]]): a buffer. RFC 5869. */
int crypto_hkdf(lua_State *L)
{
	struct call c;
	call_open(&c, L);
	const EVP_MD *digest = check_digest(L, 1);
	size_t len = check_size(L, 3, 1, 255 * (size_t)EVP_MD_get_size(digest));
	call_secret(&c, 2);
	call_optional(&c, 4);
	call_optional(&c, 5);
	lua_settop(L, 5);
	int values = call_begin(&c, len);
	if (values != 0)
		return values;
	if (!derive(&c, digest))
		return openssl_failed(&c, "hkdf");
	call_end(&c);
	return 1;
}

/* pbkdf2(digest, password, salt, iterations, length): a buffer. RFC 8018. */
int crypto_pbkdf2(lua_State *L)
{
	struct call c;
	call_open(&c, L);
	const EVP_MD *digest = check_digest(L, 1);
	int iterations = (int)check_size(L, 4, 1, INT_MAX);
	size_t len = check_size(L, 5, 1, 1 << 20);
	call_secret(&c, 2);
	call_bytes(&c, 3);
	lua_settop(L, 5);
	int values = call_begin(&c, len);
	if (values != 0)
		return values;
	const struct bytes *password = &ARGUMENT(&c, 2), *salt = &ARGUMENT(&c, 3);
	if (password->len > INT_MAX || salt->len > INT_MAX ||
	    PKCS5_PBKDF2_HMAC((const char *)password->data, (int)password->len, salt->data, (int)salt->len, iterations, digest, (int)len,
	                      c.out.data) != 1)
		return openssl_failed(&c, "pbkdf2");
	call_end(&c);
	return 1;
}
