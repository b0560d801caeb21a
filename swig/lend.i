/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A scoped use where the language cannot take back what it was lent: a copy in locked memory, protected as the buffer is, that is wiped when the
 * scope ends. What the language still has of it then reads as zeros, until it gives that back too. It is included where it is needed, after
 * osmemlock.i.
 */
%{
typedef struct osml_loan {
	osml_buffer *lender; /* pinned until the end of the scope */
	osml_buffer *copy;   /* pinned until osmls_give_up() */
	void *data;
	size_t len;
} osml_loan;

/* The language has nothing of the copy any more. */
static void osmls_give_up(osml_buffer *copy)
{
	if (copy)
		osml_buffer_unpin(copy);
	osml_buffer_free(copy);
}

static int osmls_copy(osml_loan *loan, size_t len)
{
	osml_buffer_options options = OSML_BUFFER_OPTIONS_INIT;
	osml_buffer *copy = NULL;
	uint32_t bits = 0;
	int rc = osml_buffer_protections(loan->lender, &bits);

	options.want = bits & ~OSML_GUARDED;
	if (rc == 0)
		rc = osml_buffer_new(&copy, len, &options);
	if (rc == 0)
		rc = osml_buffer_copy(copy, 0, loan->lender, 0, len);
	if (rc == 0)
		rc = osml_buffer_pin(copy, &loan->data, &loan->len);
	if (rc == 0)
		loan->copy = copy;
	else
		osml_buffer_free(copy);
	return rc;
}

static int osmls_lend(osml_loan *loan, osml_buffer *b)
{
	size_t len;
	int rc = osml_buffer_pin(b, NULL, &len);

	loan->lender = b;
	loan->copy = NULL;
	if (rc == 0 && (rc = osmls_copy(loan, len)) != 0)
		osml_buffer_unpin(b);
	return rc;
}

/* OSML_ECLOSED: the buffer was closed meanwhile. */
static int osmls_end_loan(const osml_loan *loan)
{
	osml_buffer_close(loan->copy);
	return osml_buffer_unpin(loan->lender);
}
%}
