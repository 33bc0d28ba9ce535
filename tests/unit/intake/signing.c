// SPDX-License-Identifier: MIT
#include "signing.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct signer {
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
	unsigned char id[8];
};

static void make_signer(unsigned char seed, struct signer *s)
{
	unsigned char bytes[crypto_sign_SEEDBYTES];

	memset(bytes, seed, sizeof(bytes));
	memset(s->id, seed, sizeof(s->id));
	crypto_sign_seed_keypair(s->public, s->secret, bytes);
}

static void encode(char *out, size_t cap, const char *algorithm,
		   const struct signer *s, const void *last, size_t len)
{
	unsigned char bytes[128];

	memcpy(bytes, algorithm, 2);
	memcpy(bytes + 2, s->id, sizeof(s->id));
	memcpy(bytes + 2 + sizeof(s->id), last, len);
	sodium_bin2base64(out, cap, bytes, 2 + sizeof(s->id) + len,
			  sodium_base64_VARIANT_ORIGINAL);
}

char *signing_trust(unsigned char seed, const char *name)
{
	char base64[128], *text = NULL;
	struct signer s;

	make_signer(seed, &s);
	encode(base64, sizeof(base64), "Ed", &s, s.public, sizeof(s.public));
	return asprintf(&text, "key %s %s\n", name, base64) < 0 ? NULL : text;
}

/* The second signature: over the first and the comment. */
static void sign_comment(const struct signer *s, const char *comment,
			 const unsigned char *first, char *out, size_t cap)
{
	unsigned char text[crypto_sign_BYTES + 1024];
	unsigned char global[crypto_sign_BYTES];
	size_t len = strlen(comment);

	memcpy(text, first, crypto_sign_BYTES);
	memcpy(text + crypto_sign_BYTES, comment, len);
	crypto_sign_detached(global, NULL, text, crypto_sign_BYTES + len,
			     s->secret);
	sodium_bin2base64(out, cap, global, sizeof(global),
			  sodium_base64_VARIANT_ORIGINAL);
}

char *signing_envelope(unsigned char seed, const char *algorithm,
		       const char *comment, const void *document, size_t len,
		       size_t *out_len)
{
	unsigned char hash[crypto_generichash_BYTES_MAX];
	unsigned char first[crypto_sign_BYTES];
	char signature[160], global[160], *head = NULL, *all;
	struct signer s;
	int n;

	make_signer(seed, &s);
	crypto_generichash(hash, sizeof(hash), document, len, NULL, 0);
	crypto_sign_detached(first, NULL, hash, sizeof(hash), s.secret);
	encode(signature, sizeof(signature), algorithm, &s, first,
	       sizeof(first));
	sign_comment(&s, comment, first, global, sizeof(global));
	n = asprintf(&head,
		     "untrusted comment: test\n%s\ntrusted comment: %s\n%s\n",
		     signature, comment, global);
	if (n < 0)
		return NULL;
	all = realloc(head, (size_t)n + len + 1);
	if (!all) {
		free(head);
		return NULL;
	}
	if (len)
		memcpy(all + n, document, len);
	*out_len = (size_t)n + len;
	return all;
}
