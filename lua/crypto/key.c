/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * From DER to a key of libcrypto: PKCS #8 (RFC 5958), SEC 1 (RFC 5915), PKCS #1 (RFC 8017). The numbers go straight from the buffer to the key, in
 * between only through locked memory. libcrypto's own decoders leave copies on the heap that nobody wipes (seen with 3.0).
 */
#include "common.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

enum { INTEGER = 0x02, OCTETS = 0x04, OID = 0x06, SEQUENCE = 0x30, PARAMETERS = 0xa0 };

struct der {
	const unsigned char *at, *end;
};

/* Takes the next element, which must be of that kind: its contents, empty when it is not. */
static struct der take(struct der *from, int tag)
{
	struct der none = { NULL, NULL };
	const unsigned char *p = from->at;
	if (!p || from->end - p < 2 || *p++ != tag)
		return none;
	size_t len = *p++;
	if (len >= 0x80) {
		size_t more = len & 0x7f;
		if (more == 0 || more > 3 || (size_t)(from->end - p) < more)
			return none;
		for (len = 0; more > 0; more--)
			len = len << 8 | *p++;
	}
	if ((size_t)(from->end - p) < len)
		return none;
	from->at = p + len;
	return (struct der){ p, p + len };
}

struct oid {
	const char *bytes;
	size_t len;
};
#define OF(text)                      \
	{                             \
		text, sizeof text - 1 \
	}

static int is(struct der oid, struct oid wanted)
{
	return oid.at && (size_t)(oid.end - oid.at) == wanted.len && memcmp(oid.at, wanted.bytes, wanted.len) == 0;
}

static const struct oid any_curve = OF("\x2a\x86\x48\xce\x3d\x02\x01");

static const struct kind {
	struct oid oid;
	const char *type, *group;
} kinds[] = {
	{ OF("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), "RSA", NULL },
	{ OF("\x2a\x86\x48\xce\x3d\x03\x01\x07"), "EC", "prime256v1" },
	{ OF("\x2b\x81\x04\x00\x22"), "EC", "secp384r1" },
	{ OF("\x2b\x81\x04\x00\x23"), "EC", "secp521r1" },
	{ OF("\x2b\x65\x70"), "ED25519", NULL },
	{ OF("\x2b\x65\x71"), "ED448", NULL },
}, *const rsa = &kinds[0];

static const struct kind *kind_of(struct der oid)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (is(oid, kinds[i].oid))
			return &kinds[i];
	return NULL;
}

/* What a key is made from: numbers in the order of this machine, in locked memory of `room` bytes. */
struct parts {
	OSSL_PARAM parameters[10], *next;
	unsigned char *room;
	int complete;
};

static void add_number(struct parts *p, const char *name, struct der number)
{
	size_t len = (size_t)(number.end - number.at);
	const int probe = 1;
	if (!number.at || len == 0) {
		p->complete = 0;
		return;
	}
	for (size_t i = 0; i < len; i++)
		p->room[i] = *(const char *)&probe ? number.end[-1 - (ptrdiff_t)i] : number.at[i];
	*p->next++ = OSSL_PARAM_construct_BN(name, p->room, len);
	p->room += len;
}

static void add_rsa(struct parts *p, struct der der)
{
	static const char *const names[] = { OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,           OSSL_PKEY_PARAM_RSA_D,
		                             OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,     OSSL_PKEY_PARAM_RSA_EXPONENT1,
		                             OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1 };
	struct der fields = take(&der, SEQUENCE);
	take(&fields, INTEGER); /* the version */
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		add_number(p, names[i], take(&fields, INTEGER));
}

/* SEC 1 names the curve itself; in PKCS #8 it may be left out. */
static const struct kind *add_ec(struct parts *p, struct der der, const struct kind *kind)
{
	struct der fields = take(&der, SEQUENCE);
	take(&fields, INTEGER);
	struct der number = take(&fields, OCTETS), parameters = take(&fields, PARAMETERS);
	if (!kind)
		kind = kind_of(take(&parameters, OID));
	if (!kind || !kind->group)
		return NULL;
	*p->next++ = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)kind->group, 0);
	add_number(p, OSSL_PKEY_PARAM_PRIV_KEY, number);
	return kind;
}

static const struct kind *add_pkcs8(struct parts *p, struct der der)
{
	struct der fields = take(&der, SEQUENCE);
	take(&fields, INTEGER);
	struct der algorithm = take(&fields, SEQUENCE), key = take(&fields, OCTETS), oid = take(&algorithm, OID);
	if (is(oid, any_curve)) /* its name follows */
		return add_ec(p, key, kind_of(take(&algorithm, OID)));
	const struct kind *kind = kind_of(oid);
	if (kind == rsa)
		add_rsa(p, key);
	else if (kind && !kind->group) {
		struct der bytes = take(&key, OCTETS);
		*p->next++ = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, (void *)bytes.at, (size_t)(bytes.end - bytes.at));
		p->complete = bytes.at != NULL;
	} else
		kind = NULL;
	return kind;
}

/* With 0, or any number that the curve does not have, libcrypto signs all the same, and whoever sees the signature may forge the next. */
static int is_sound(EVP_PKEY *key)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	int sound = context && EVP_PKEY_private_check(context) == 1;
	EVP_PKEY_CTX_free(context);
	return sound;
}

static EVP_PKEY *make(const char *type, struct parts *p)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	*p->next = OSSL_PARAM_construct_end();
	if (!context || EVP_PKEY_fromdata_init(context) != 1 || EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, p->parameters) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	if (!key || is_sound(key))
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

EVP_PKEY *key_from_der(struct call *c, const unsigned char *bytes, size_t len, enum key_format format)
{
	unsigned char *room = c->osmemlock->heap_realloc(NULL, len + 1);
	struct parts p = { .room = room, .complete = 1 };
	struct der der = { bytes, bytes + len };
	const struct kind *kind = rsa;
	p.next = p.parameters;
	if (!room)
		return NULL;
	if (format == PKCS8)
		kind = add_pkcs8(&p, der);
	else if (format == SEC1)
		kind = add_ec(&p, der, NULL);
	else
		add_rsa(&p, der);
	EVP_PKEY *key = kind && p.complete ? make(kind->type, &p) : NULL;
	c->osmemlock->heap_free(room);
	return key;
}
