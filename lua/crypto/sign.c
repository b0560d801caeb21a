/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Signatures, by the names of JOSE (RFC 7518 and 8037), each of which means one key type, one digest and one padding. */
#include "common.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#define LONGEST 1024 /* RSA of 8192 bits */

static const struct algorithm {
	const char *name;
	int type, type_too, bits; /* of the key; 0 bits: any */
	const EVP_MD *(*digest)(void);
	int padding; /* of RSA */
} algorithms[] = {
	{ "EdDSA", EVP_PKEY_ED25519, EVP_PKEY_ED448, 0, NULL, 0 },
	{ "ES256", EVP_PKEY_EC, EVP_PKEY_EC, 256, EVP_sha256, 0 },
	{ "ES384", EVP_PKEY_EC, EVP_PKEY_EC, 384, EVP_sha384, 0 },
	{ "ES512", EVP_PKEY_EC, EVP_PKEY_EC, 521, EVP_sha512, 0 },
	{ "RS256", EVP_PKEY_RSA, EVP_PKEY_RSA, 0, EVP_sha256, RSA_PKCS1_PADDING },
	{ "RS384", EVP_PKEY_RSA, EVP_PKEY_RSA, 0, EVP_sha384, RSA_PKCS1_PADDING },
	{ "RS512", EVP_PKEY_RSA, EVP_PKEY_RSA, 0, EVP_sha512, RSA_PKCS1_PADDING },
	{ "PS256", EVP_PKEY_RSA, EVP_PKEY_RSA_PSS, 0, EVP_sha256, RSA_PKCS1_PSS_PADDING },
	{ "PS384", EVP_PKEY_RSA, EVP_PKEY_RSA_PSS, 0, EVP_sha384, RSA_PKCS1_PSS_PADDING },
	{ "PS512", EVP_PKEY_RSA, EVP_PKEY_RSA_PSS, 0, EVP_sha512, RSA_PKCS1_PSS_PADDING },
};

static const struct algorithm *check_algorithm(lua_State *L, int arg)
{
	const char *names[sizeof algorithms / sizeof *algorithms + 1] = { NULL };
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
		names[i] = algorithms[i].name;
	return &algorithms[check_word(L, arg, names)];
}

static int fits(const struct algorithm *algorithm, const EVP_PKEY *key)
{
	int type = EVP_PKEY_get_base_id(key);
	return (type == algorithm->type || type == algorithm->type_too) &&
	       (algorithm->bits == 0 || algorithm->bits == EVP_PKEY_get_bits(key));
}

static size_t signature_of(const struct algorithm *algorithm, EVP_PKEY *key, const struct bytes *message, unsigned char *out)
{
	size_t len = LONGEST;
	EVP_PKEY_CTX *how;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int done = context && EVP_DigestSignInit(context, &how, algorithm->digest ? algorithm->digest() : NULL, NULL, key) == 1;
	if (done && algorithm->padding)
		done = EVP_PKEY_CTX_set_rsa_padding(how, algorithm->padding) == 1;
	if (done && algorithm->padding == RSA_PKCS1_PSS_PADDING)
		done = EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1;
	done = done && EVP_DigestSign(context, out, &len, message->data, message->len) == 1;
	EVP_MD_CTX_free(context);
	return done ? len : 0;
}

/* JOSE writes both numbers one behind the other, each as long as the curve. */
static size_t without_der(unsigned char *signature, size_t len, int bits)
{
	const unsigned char *p = signature;
	int size = (bits + 7) / 8;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &p, (long)len);
	int done = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, size) == size &&
	           BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + size, size) == size;
	ECDSA_SIG_free(pair);
	return done ? 2 * (size_t)size : 0;
}

static size_t sign(struct call *c, const struct algorithm *algorithm, EVP_PKEY *key, enum form form, unsigned char *signature)
{
	size_t len = signature_of(algorithm, key, &ARGUMENT(c, 3), signature);
	return len > 0 && algorithm->bits && form != DER ? without_der(signature, len, algorithm->bits) : len;
}

/* sign(algorithm, pem, message[, form]): a string. `pem` is a private key, not encrypted. */
int crypto_sign(lua_State *L)
{
	struct call c;
	unsigned char signature[LONGEST];
	size_t len = 0;
	call_open(&c, L);
	const struct algorithm *algorithm = check_algorithm(L, 1);
	enum form form = check_form(L, 4, RAW);
	luaL_argcheck(L, form != DER || algorithm->bits, 4, "only a signature by ECDSA can be in that form");
	call_secret(&c, 2);
	call_bytes(&c, 3);
	enum key_format format = pem_push_der(L, 2);
	if (format == NO_KEY)
		lua_settop(L, 4);
	else
		call_length(&c, 5);
	call_begin(&c, NO_RESULT);
	EVP_PKEY *key = format == NO_KEY ? NULL : key_from_der(&c, ARGUMENT(&c, 5).data, ARGUMENT(&c, 5).len, format);
	int fitting = key && fits(algorithm, key);
	if (fitting)
		len = sign(&c, algorithm, key, form, signature);
	EVP_PKEY_free(key);
	if (len == 0)
		return openssl_failed(&c, !key      ? "no private key can be read from that PEM"
		                          : fitting ? "sign"
		                                    : "the key is of another kind than the algorithm");
	call_end(&c);
	return push_form(L, signature, len, form);
}
